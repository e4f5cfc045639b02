package settings

import (
	"fmt"
	"reflect"
)

// Differences lists the flags of which two structs of one type have other values: "--seed is 2, and was 1".
func Differences(was, now any) []string {
	values := map[string]any{}
	Each(was, func(field reflect.StructField, value reflect.Value) { values[field.Name] = value.Interface() })
	var list []string
	Each(now, func(field reflect.StructField, value reflect.Value) {
		if old := values[field.Name]; value.Interface() != old {
			list = append(list, fmt.Sprintf("--%s is %s, and was %s", field.Tag.Get("flag"), shown(value.Interface()), shown(old)))
		}
	})
	return list
}

func shown(value any) string {
	if value == "" {
		return "empty"
	}
	return fmt.Sprint(value)
}
