package bench

// pairLengths are the lengths in tokens of 256 pairs of XNLI's English dev set, in the order of the file. They are estimated
// from bytes and independent of a tokenizer.
func pairLengths() []int {
	return []int{
		26, 17, 20, 52, 44, 53, 24, 16, 21, 20, 22, 28, 25, 27, 22, 45, 45, 52, 54, 50, 61, 64, 68, 62, 49, 47, 45, 46, 39, 37, 27, 22,
		24, 45, 47, 43, 59, 55, 59, 30, 20, 24, 36, 31, 35, 34, 29, 29, 18, 21, 20, 45, 46, 45, 40, 34, 39, 17, 18, 19, 20, 19, 20, 31,
		31, 29, 51, 43, 50, 52, 50, 49, 37, 33, 38, 20, 25, 22, 19, 19, 20, 19, 15, 20, 19, 26, 20, 31, 32, 34, 52, 49, 53, 33, 38, 48,
		31, 36, 27, 16, 21, 18, 60, 50, 54, 45, 50, 45, 33, 33, 34, 29, 33, 33, 44, 52, 47, 53, 47, 47, 51, 53, 52, 29, 31, 39, 22, 25,
		25, 32, 32, 37, 43, 47, 40, 34, 36, 36, 42, 38, 37, 45, 47, 46, 41, 46, 47, 26, 31, 28, 31, 36, 31, 49, 45, 47, 22, 23, 21, 35,
		36, 34, 28, 26, 30, 25, 33, 29, 37, 34, 33, 42, 50, 44, 56, 56, 59, 48, 45, 47, 46, 53, 57, 27, 24, 25, 53, 56, 54, 43, 39, 42,
		30, 34, 26, 32, 25, 27, 19, 22, 22, 30, 32, 31, 36, 32, 38, 56, 45, 52, 49, 45, 37, 23, 28, 25, 25, 23, 23, 25, 25, 24, 20, 25,
		19, 21, 20, 27, 25, 19, 18, 27, 26, 26, 29, 38, 28, 57, 65, 58, 60, 60, 65, 17, 20, 14, 40, 44, 40, 42, 30, 28, 19, 20, 16, 56,
	}
}

// pairsInCommon are the lengths of the prefixes that these pairs share with the pair before: of three pairs the second and
// third have the first's premise.
func pairsInCommon() (common []int) {
	for _, premise := range []int{
		8, 25, 6, 9, 12, 32, 39, 46, 34, 28, 10, 34, 43, 9, 21, 18, 9, 33, 20, 6, 9, 17, 34, 38, 24, 9, 9, 8, 10, 22, 33, 25,
		17, 6, 41, 31, 19, 18, 29, 39, 40, 18, 10, 20, 27, 25, 26, 34, 28, 17, 17, 35, 11, 22, 15, 13, 18, 34, 45, 34, 33, 11, 42, 26,
		16, 14, 9, 18, 17, 37, 27, 9, 12, 12, 9, 11, 9, 9, 17, 44, 47, 6, 29, 16, 7, 38,
	} {
		common = append(common, 0, premise, premise)
	}
	return common[:len(pairLengths())]
}

// manyPairs are n pairs like these, in threes with one premise: their lengths, and those of what each shares with the one
// before.
func manyPairs(n int) (lengths, common []int) {
	own, shared := pairLengths(), pairsInCommon()
	whole := len(own) / 3 * 3
	for i := range n {
		lengths, common = append(lengths, own[i%whole]), append(common, shared[i%whole])
	}
	return lengths, common
}
