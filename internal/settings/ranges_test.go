package settings

import (
	"reflect"
	"testing"
)

type numbers struct {
	Rate  float64 `flag:"rate" range:"-1|[0,1)"`
	Share float64 `flag:"share" range:"(0,1]"`
	Rows  int     `flag:"rows" range:"[1,1e6]"`
	Any   int     `flag:"any" range:"[0,]"`
	Seed  uint64  `flag:"seed"`
}

func TestSetNumber(t *testing.T) {
	for _, c := range []struct{ flag, text, refused string }{
		{"rate", "-1", ""}, {"rate", "0", ""}, {"rate", "0.999", ""},
		{"rate", "1", "expected a number, -1, or at least 0 and below 1"},
		{"rate", "-0.5", "expected a number, -1, or at least 0 and below 1"},
		{"share", "1", ""},
		{"share", "0", "expected a number, above 0 and at most 1"},
		{"share", "NaN", "expected a number, above 0 and at most 1"},
		{"rows", "1000000", ""},
		{"rows", "0", "expected a whole number, at least 1 and at most 1000000"},
		{"rows", "1e3", "expected a whole number, at least 1 and at most 1000000"},
		{"rows", "1000001", "expected a whole number, at least 1 and at most 1000000"},
		{"any", "9223372036854775807", ""},
		{"any", "9223372036854775808", "expected a whole number, at least 0"},
		{"any", "-1", "expected a whole number, at least 0"},
		{"any", "010", ""}, // ten, not the eight of another notation
		{"seed", "18446744073709551615", ""},
		{"seed", "-1", "expected a whole number from 0 to 18446744073709551615"},
	} {
		var n numbers
		Each(&n, func(field reflect.StructField, value reflect.Value) {
			if field.Tag.Get("flag") != c.flag {
				return
			}
			err := SetNumber(field, value, c.text)
			if (err == nil) != (c.refused == "") || err != nil && err.Error() != c.refused {
				t.Errorf("%s %s: error %v, want %q", c.flag, c.text, err, c.refused)
			}
			if c.text == "010" && n.Any != 10 {
				t.Errorf("010 is read as %d", n.Any)
			}
			if err != nil && !value.IsZero() {
				t.Errorf("%s %s: refused, and set to %v", c.flag, c.text, value)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	n := numbers{Rate: -1, Share: 1, Rows: 1}
	if err := Check(&n); err != nil {
		t.Error(err)
	}
	n.Rate, n.Rows = -2, 0
	if err := Check(&n); err == nil || err.Error() != "--rate -2: expected -1, or at least 0 and below 1" {
		t.Errorf("error %v", err)
	}
}
