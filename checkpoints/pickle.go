package checkpoints

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// The values of a pickle. Strings and byte strings are Go strings; None is nil; integers are int64, or bigInt beyond 64 bits.
type (
	pyList   struct{ items []any }
	pyTuple  []any
	pyDict   struct{ keys, values []any }
	pyGlobal string // module.name
	bigInt   string // little-endian two's complement
)

// Limits of a pickle. A state dict's has only names and shapes: less than 1 MB and 200,000 steps for the largest XGLM with its
// optimizer's state.
const (
	maxPickle = 8 << 20 // bytes
	maxSteps  = 1 << 20 // opcodes, and values that a call copies
	maxName   = 4 << 10 // bytes of the name of a global or a storage
)

// unpickler is pickle's stack machine, for protocols 2 to 5. It builds only lists, dicts, tuples and the results of reduce: a
// pickle cannot execute code.
type unpickler struct {
	data       []byte
	at         int // index of the next byte
	stack      []any
	marks      []int // stack heights
	memo       map[uint32]any
	left       int // of maxSteps
	persistent func(id any) (any, error)
}

// unpickle reads the pickle at the start of data and returns its value and its length. persistent resolves persistent ids; nil
// refuses them.
func unpickle(data []byte, persistent func(any) (any, error)) (value any, length int, err error) {
	u := &unpickler{data: data[:min(len(data), maxPickle)], memo: map[uint32]any{}, left: maxSteps, persistent: persistent}
	for {
		start := u.at
		op, err := u.read(1)
		if err == nil {
			err = u.spend(1)
		}
		if err == nil && op[0] == opStop {
			value, err = u.pop()
			if err == nil {
				return value, u.at, nil
			}
		}
		if err == nil {
			err = u.step(op[0])
		}
		if errors.Is(err, errShort) && len(data) > maxPickle {
			err = fmt.Errorf("it has more than %d bytes, and that of a state dict some 100,000", maxPickle)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("pickle, byte %d: %w", start, err)
		}
	}
}

var (
	errShort = errors.New("the file ends inside a pickle")
	errStack = errors.New("the pickle takes more values than it has put down")
)

// spend counts steps, which limits the memory of a pickle.
func (u *unpickler) spend(steps int) error {
	if u.left -= steps; u.left < 0 {
		return fmt.Errorf("it has more than %d steps: no state dict", maxSteps)
	}
	return nil
}

// read returns the next n bytes.
func (u *unpickler) read(n uint64) ([]byte, error) {
	if n > uint64(len(u.data)-u.at) {
		return nil, errShort
	}
	b := u.data[u.at : u.at+int(n)]
	u.at += int(n)
	return b, nil
}

// number reads a little-endian unsigned number of width bytes.
func (u *unpickler) number(width uint64) (uint64, error) {
	b, err := u.read(width)
	if err != nil {
		return 0, err
	}
	var wide [8]byte
	copy(wide[:], b)
	return binary.LittleEndian.Uint64(wide[:]), nil
}

// text reads a string after its length in width bytes.
func (u *unpickler) text(width uint64) (string, error) {
	n, err := u.number(width)
	if err != nil {
		return "", err
	}
	b, err := u.read(n)
	return string(b), err
}

// line reads up to a line feed.
func (u *unpickler) line() (string, error) {
	line, _, ok := bytes.Cut(u.data[u.at:], []byte("\n"))
	if !ok {
		return "", errShort
	}
	u.at += len(line) + 1
	return string(line), nil
}

func (u *unpickler) push(v any) { u.stack = append(u.stack, v) }

// floor is the stack height of the topmost mark, below which values may not be popped.
func (u *unpickler) floor() int {
	if len(u.marks) == 0 {
		return 0
	}
	return u.marks[len(u.marks)-1]
}

func (u *unpickler) pop() (any, error) {
	values, err := u.popN(1)
	if err != nil {
		return nil, err
	}
	return values[0], nil
}

// popN pops the n topmost values, the lowest first. The slice is valid until the next push.
func (u *unpickler) popN(n int) ([]any, error) {
	if len(u.stack)-n < u.floor() {
		return nil, errStack
	}
	values := u.stack[len(u.stack)-n:]
	u.stack = u.stack[:len(u.stack)-n]
	return values, nil
}

// popMark pops the values above the topmost mark, and the mark.
func (u *unpickler) popMark() ([]any, error) {
	if len(u.marks) == 0 {
		return nil, errors.New("no mark on the stack")
	}
	floor := u.floor()
	u.marks = u.marks[:len(u.marks)-1]
	values := u.stack[floor:]
	u.stack = u.stack[:floor]
	return values, nil
}

// top returns the topmost value.
func (u *unpickler) top() (any, error) {
	if len(u.stack) <= u.floor() {
		return nil, errStack
	}
	return u.stack[len(u.stack)-1], nil
}

// appendTo appends popped values to the list on top of the stack.
func (u *unpickler) appendTo(values []any, err error) error {
	if err != nil {
		return err
	}
	top, err := u.top()
	if err != nil {
		return err
	}
	list, ok := top.(*pyList)
	if !ok {
		return fmt.Errorf("appends to a %s", kindOf(top))
	}
	list.items = append(list.items, values...)
	return nil
}

// setItems sets popped keys and values, in turn, in the dict on top of the stack.
func (u *unpickler) setItems(pairs []any, err error) error {
	if err != nil {
		return err
	}
	top, err := u.top()
	if err != nil {
		return err
	}
	dict, ok := top.(*pyDict)
	if !ok {
		return fmt.Errorf("sets items of a %s", kindOf(top))
	}
	return dict.set(pairs)
}

func (d *pyDict) set(pairs []any) error {
	if len(pairs)%2 != 0 {
		return errors.New("a dict with a key that has no value")
	}
	for i := 0; i < len(pairs); i += 2 {
		d.keys = append(d.keys, pairs[i])
		d.values = append(d.values, pairs[i+1])
	}
	return nil
}

// long decodes a little-endian two's complement number.
func long(b string, err error) (any, error) {
	if len(b) > 8 {
		return bigInt(b), err
	}
	var wide [8]byte
	if len(b) > 0 && b[len(b)-1] >= 0x80 {
		wide = [8]byte{255, 255, 255, 255, 255, 255, 255, 255}
	}
	copy(wide[:], b)
	return int64(binary.LittleEndian.Uint64(wide[:])), err
}

// float decodes the number of BINFLOAT, the only big-endian opcode.
func float(number uint64) float64 { return math.Float64frombits(bits.ReverseBytes64(number)) }

func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case *pyList:
		return "list"
	case pyTuple:
		return "tuple"
	case *pyDict:
		return "dict"
	case pyGlobal:
		return string(v)
	case string:
		return "string"
	case int64, bigInt:
		return "number"
	default:
		return fmt.Sprintf("%T", v)
	}
}
