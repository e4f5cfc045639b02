package checkpoints

import (
	"errors"
	"fmt"
)

// The opcodes that torch.save writes in protocols 2 to 5
// (https://docs.python.org/3/library/pickletools.html).
const (
	opMark            = '('
	opStop            = '.'
	opPop             = '0'
	opPopMark         = '1'
	opDup             = '2'
	opBinInt          = 'J'
	opBinInt1         = 'K'
	opBinInt2         = 'M'
	opNone            = 'N'
	opBinPersID       = 'Q'
	opReduce          = 'R'
	opBinString       = 'T'
	opShortBinString  = 'U'
	opBinUnicode      = 'X'
	opBinBytes        = 'B'
	opShortBinBytes   = 'C'
	opAppend          = 'a'
	opBuild           = 'b'
	opGlobal          = 'c'
	opDict            = 'd'
	opEmptyDict       = '}'
	opAppends         = 'e'
	opBinGet          = 'h'
	opLongBinGet      = 'j'
	opList            = 'l'
	opEmptyList       = ']'
	opBinPut          = 'q'
	opLongBinPut      = 'r'
	opSetItem         = 's'
	opTuple           = 't'
	opEmptyTuple      = ')'
	opSetItems        = 'u'
	opBinFloat        = 'G'
	opProto           = 0x80
	opTuple1          = 0x85
	opTuple2          = 0x86
	opTuple3          = 0x87
	opNewTrue         = 0x88
	opNewFalse        = 0x89
	opLong1           = 0x8a
	opLong4           = 0x8b
	opShortBinUnicode = 0x8c
	opBinUnicode8     = 0x8d
	opBinBytes8       = 0x8e
	opStackGlobal     = 0x93
	opMemoize         = 0x94
	opFrame           = 0x95
)

// step runs one opcode other than STOP.
func (u *unpickler) step(op byte) error {
	switch op {
	case opProto:
		version, err := u.number(1)
		if err == nil && (version < 2 || version > 5) {
			err = fmt.Errorf("protocol %d: only 2 to 5 are read", version)
		}
		return err
	case opFrame:
		_, err := u.read(8)
		return err
	case opMark:
		u.marks = append(u.marks, len(u.stack))
		return nil
	case opPop:
		_, err := u.pop()
		return err
	case opPopMark:
		_, err := u.popMark()
		return err
	case opDup:
		top, err := u.top()
		u.push(top)
		return err
	case opBinGet, opLongBinGet, opBinPut, opLongBinPut, opMemoize:
		return u.remember(op)
	case opAppend:
		return u.appendTo(u.popN(1))
	case opAppends:
		return u.appendTo(u.popMark())
	case opSetItem:
		return u.setItems(u.popN(2))
	case opSetItems:
		return u.setItems(u.popMark())
	case opBuild: // attributes of an OrderedDict or a tensor
		_, err := u.popN(1)
		return err
	}
	value, err := u.value(op)
	if err != nil {
		return err
	}
	u.push(value)
	return nil
}

// remember runs the opcodes of the memo: they store the topmost value or push a stored one.
func (u *unpickler) remember(op byte) error {
	var key uint64
	var err error
	switch op {
	case opBinGet, opBinPut:
		key, err = u.number(1)
	case opLongBinGet, opLongBinPut:
		key, err = u.number(4)
	case opMemoize:
		key = uint64(len(u.memo))
	}
	if err != nil {
		return err
	}
	if op == opBinGet || op == opLongBinGet {
		value, ok := u.memo[uint32(key)]
		if !ok {
			return fmt.Errorf("fetches value %d that was not stored", key)
		}
		u.push(value)
		return nil
	}
	if err := u.spend(2); err != nil { // the memo takes more memory than the stack
		return err
	}
	u.memo[uint32(key)], err = u.top()
	return err
}

// value runs the opcodes that push a value.
func (u *unpickler) value(op byte) (any, error) {
	switch op {
	case opNone:
		return nil, nil
	case opNewTrue:
		return true, nil
	case opNewFalse:
		return false, nil
	case opBinInt1:
		n, err := u.number(1)
		return int64(n), err
	case opBinInt2:
		n, err := u.number(2)
		return int64(n), err
	case opBinInt:
		n, err := u.number(4)
		return int64(int32(n)), err
	case opLong1:
		return long(u.text(1))
	case opLong4:
		return long(u.text(4))
	case opBinFloat:
		bits, err := u.number(8)
		return float(bits), err
	case opShortBinUnicode, opShortBinString, opShortBinBytes:
		return u.text(1)
	case opBinUnicode, opBinString, opBinBytes:
		return u.text(4)
	case opBinUnicode8, opBinBytes8:
		return u.text(8)
	case opEmptyList:
		return &pyList{}, nil
	case opEmptyDict:
		return &pyDict{}, nil
	case opEmptyTuple:
		return pyTuple(nil), nil
	case opTuple1, opTuple2, opTuple3:
		values, err := u.popN(int(op) - opTuple1 + 1)
		return append(pyTuple(nil), values...), err
	case opTuple:
		values, err := u.popMark()
		return append(pyTuple(nil), values...), err
	case opList:
		values, err := u.popMark()
		return &pyList{items: append([]any(nil), values...)}, err
	case opDict:
		values, err := u.popMark()
		if err != nil {
			return nil, err
		}
		dict := &pyDict{}
		return dict, dict.set(values)
	default:
		return u.object(op)
	}
}

// object runs the opcodes of globals, calls and persistent ids.
func (u *unpickler) object(op byte) (any, error) {
	switch op {
	case opGlobal:
		module, err := u.line()
		if err != nil {
			return nil, err
		}
		name, err := u.line()
		if err != nil {
			return nil, err
		}
		return findGlobal(module, name)
	case opStackGlobal:
		values, err := u.popN(2)
		if err != nil {
			return nil, err
		}
		module, isModule := values[0].(string)
		name, isName := values[1].(string)
		if !isModule || !isName {
			return nil, errors.New("a global without a name")
		}
		return findGlobal(module, name)
	case opReduce:
		values, err := u.popN(2)
		if err != nil {
			return nil, err
		}
		function, isGlobal := values[0].(pyGlobal)
		args, isTuple := values[1].(pyTuple)
		if !isGlobal || !isTuple {
			return nil, fmt.Errorf("calls a %s with a %s", kindOf(values[0]), kindOf(values[1]))
		}
		if len(args) > 0 {
			if list, ok := args[0].(*pyList); ok { // pairs of a dict
				if err := u.spend(len(list.items)); err != nil {
					return nil, err
				}
			}
		}
		return reduce(function, args)
	case opBinPersID:
		id, err := u.pop()
		if err != nil {
			return nil, err
		}
		if u.persistent == nil {
			return nil, errors.New("a persistent id where none belongs")
		}
		return u.persistent(id)
	default:
		return nil, fmt.Errorf("opcode 0x%02x has no place in a state dict", op)
	}
}
