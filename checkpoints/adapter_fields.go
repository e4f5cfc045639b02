package checkpoints

import "reflect"

// fields are the config's fields by PEFT's names, those of other types left
// out. What PEFT keeps as null (an empty text, an unknown size, no modules) is nil.
func (c AdapterConfig) fields() map[string]any {
	out := map[string]any{}
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !isFieldOf(field.Tag.Get("peft"), c.PeftType) {
			continue
		}
		value := v.Field(i).Interface()
		if optional := field.Type.Kind() != reflect.Bool && field.Type.Kind() != reflect.Float64; optional && v.Field(i).IsZero() {
			value = nil
		}
		out[field.Tag.Get("json")] = value
	}
	return out
}

// encode writes the config as PEFT does: every field, sorted, two spaces of indent.
func (c AdapterConfig) encode() ([]byte, error) {
	fields := c.fields()
	fields["auto_mapping"] = nil
	return indented(fields)
}
