package xglm

import (
	"encoding/json"
	"errors"
)

// TokenID is a token's id in a config file; null there is [NoToken].
type TokenID int

// NoToken stands where a config file has null.
const NoToken TokenID = -1

// UnmarshalJSON reads a number or null.
func (t *TokenID) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*t = NoToken
		return nil
	}
	return withoutOffset(json.Unmarshal(data, (*int)(t)))
}

// MarshalJSON writes what UnmarshalJSON reads.
func (t TokenID) MarshalJSON() ([]byte, error) {
	if t == NoToken {
		return []byte("null"), nil
	}
	return json.Marshal(int(t))
}

// TokenIDs are the ids that a config file gives as a list, as one number or as null, which is none.
type TokenIDs []int

// UnmarshalJSON reads any of the three.
func (t *TokenIDs) UnmarshalJSON(data []byte) error {
	*t = nil
	if len(data) > 0 && data[0] == '[' {
		return withoutOffset(json.Unmarshal(data, (*[]int)(t)))
	}
	var one *int
	if err := json.Unmarshal(data, &one); err != nil || one == nil {
		return withoutOffset(err)
	}
	*t = TokenIDs{*one}
	return nil
}

// MarshalJSON writes one id as a number, as HuggingFace does.
func (t TokenIDs) MarshalJSON() ([]byte, error) {
	switch len(t) {
	case 0:
		return []byte("null"), nil
	case 1:
		return json.Marshal(t[0])
	}
	return json.Marshal([]int(t))
}

// withoutOffset takes the place in a part of the file out of an error.
func withoutOffset(err error) error {
	if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) {
		wrong.Offset = -1
	}
	return err
}
