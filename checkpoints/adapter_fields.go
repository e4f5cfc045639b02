package checkpoints

import "reflect"

// fields maps PEFT's names to the values of the config's peft_type. Empty texts, unknown sizes and empty lists, which PEFT
// writes as null, are nil.
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

// encode encodes the config as PEFT does: all fields, sorted.
func (c AdapterConfig) encode() ([]byte, error) {
	fields := c.fields()
	fields["auto_mapping"] = nil
	return encodeJSON(fields, "  ")
}
