package autotune

var Usable = usable

// Use takes another file of choices, and returns the one before.
func Use(name string) (before string) {
	before, file = file, name
	use(name)
	return before
}
