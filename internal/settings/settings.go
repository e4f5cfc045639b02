// Package settings walks structs whose fields are settings. A field's `flag`
// tag is its name on the command line and in a study file, so that the two,
// the help and what a run records cannot drift apart.
package settings

import "reflect"

// Each calls fn with every field of *opts that has a `flag` tag; embedded
// structs are walked.
func Each(opts any, fn func(field reflect.StructField, value reflect.Value)) {
	each(reflect.ValueOf(opts).Elem(), fn)
}

func each(v reflect.Value, fn func(field reflect.StructField, value reflect.Value)) {
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		if field.Anonymous {
			each(value, fn)
		} else if _, ok := field.Tag.Lookup("flag"); ok {
			fn(field, value)
		}
	}
}

// Overlay sets the fields of *dst whose settings were given to *given's values.
func Overlay[T any](dst, given *T, isSet func(name string) bool) {
	values := map[string]reflect.Value{}
	Each(given, func(field reflect.StructField, value reflect.Value) { values[field.Tag.Get("flag")] = value })
	Each(dst, func(field reflect.StructField, value reflect.Value) {
		if name := field.Tag.Get("flag"); isSet(name) {
			value.Set(values[name])
		}
	})
}
