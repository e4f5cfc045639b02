package settings

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// Range is the values that a number may have. A field's `range` tag writes it
// as an interval, perhaps behind a value that stands for something else:
//
//	[1,]        at least 1
//	[0,1)       at least 0 and below 1
//	-1|[0,1)    -1, or at least 0 and below 1
type Range struct {
	Extra       *float64 // allowed beside the interval; nil for none
	Least, Most float64
	Above       bool // Least itself is not allowed
	Below       bool // Most itself is not allowed
}

// rangeOf reads a field's tag. One that is missing or wrong is a mistake in
// the program.
func rangeOf(field reflect.StructField) Range {
	tag, r := field.Tag.Get("range"), Range{Most: math.MaxFloat64}
	number := func(text string) float64 {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			panic(fmt.Sprintf("field %s: range tag %q", field.Name, tag))
		}
		return v
	}
	extra, interval, ok := strings.Cut(tag, "|")
	if ok {
		v := number(extra)
		r.Extra = &v
	} else {
		interval = tag
	}
	least, most, ok := strings.Cut(interval, ",")
	if !ok || len(least) < 2 || most == "" {
		panic(fmt.Sprintf("field %s: range tag %q", field.Name, tag))
	}
	r.Above, r.Least = least[0] == '(', number(least[1:])
	end := len(most) - 1
	r.Below = most[end] == ')'
	if most = most[:end]; most != "" {
		r.Most = number(most)
	}
	return r
}

// Holds tells whether v is allowed. NaN and the infinities never are.
func (r Range) Holds(v float64) bool {
	if r.Extra != nil && v == *r.Extra {
		return true
	}
	return v >= r.Least && v <= r.Most && !(r.Above && v == r.Least) && !(r.Below && v == r.Most)
}

// String says in words what is allowed.
func (r Range) String() string {
	text := "at least " + format(r.Least)
	if r.Above {
		text = "above " + format(r.Least)
	}
	if r.Most < math.MaxFloat64 {
		most := "at most"
		if r.Below {
			most = "below"
		}
		text += " and " + most + " " + format(r.Most)
	}
	if r.Extra != nil {
		text = format(*r.Extra) + ", or " + text
	}
	return text
}

// format writes a bound of a million as 1000000, and not as 1e+06.
func format(v float64) string {
	if math.Abs(v) >= 1e15 {
		return fmt.Sprint(v)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// SetNumber reads text into a numeric field. The error says what is allowed.
func SetNumber(field reflect.StructField, value reflect.Value, text string) error {
	switch value.Kind() {
	case reflect.Uint64:
		v, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return fmt.Errorf("expected a whole number from 0 to %d", uint64(math.MaxUint64))
		}
		value.SetUint(v)
	case reflect.Int:
		v, err := strconv.Atoi(text)
		if allowed := rangeOf(field); err != nil || !allowed.Holds(float64(v)) {
			return fmt.Errorf("expected a whole number, %v", allowed)
		}
		value.SetInt(int64(v))
	case reflect.Float64:
		v, err := strconv.ParseFloat(text, 64)
		if allowed := rangeOf(field); err != nil || !allowed.Holds(v) {
			return fmt.Errorf("expected a number, %v", allowed)
		}
		value.SetFloat(v)
	default:
		panic(fmt.Sprintf("field %s is no number", field.Name))
	}
	return nil
}

// IsNumber tells whether SetNumber reads such a field.
func IsNumber(field reflect.StructField) bool {
	switch field.Type.Kind() {
	case reflect.Int, reflect.Uint64, reflect.Float64:
		return true
	}
	return false
}

// Check refuses the first number of *opts that is not allowed.
func Check(opts any) (err error) {
	Each(opts, func(field reflect.StructField, value reflect.Value) {
		var v float64
		switch {
		case value.CanInt():
			v = float64(value.Int())
		case value.CanFloat():
			v = value.Float()
		default:
			return // of an unsigned number all are allowed
		}
		if allowed := rangeOf(field); err == nil && !allowed.Holds(v) {
			err = fmt.Errorf("--%s %v: expected %v", field.Tag.Get("flag"), value, allowed)
		}
	})
	return err
}
