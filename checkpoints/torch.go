package checkpoints

import (
	"errors"
	"fmt"
)

// storage is the flat array of bytes of one or more tensors. In the legacy format the bytes come after the tensors.
type storage struct {
	dtype DType
	numel int
	bytes []byte
}

// torchTensor is a tensor in a pickle.
type torchTensor struct {
	storage        *storage
	dtype          DType
	offset         int
	shape, strides []int
}

func (t *torchTensor) view() (view, error) {
	return stridedView(t.dtype, t.shape, t.strides, t.storage.bytes, t.offset)
}

// storageTypes maps globals to a storage's element type.
var storageTypes = map[pyGlobal]DType{
	"torch.DoubleStorage":   F64,
	"torch.FloatStorage":    F32,
	"torch.HalfStorage":     F16,
	"torch.BFloat16Storage": BF16,
	"torch.LongStorage":     I64,
	"torch.IntStorage":      I32,
	"torch.ShortStorage":    I16,
	"torch.CharStorage":     I8,
	"torch.ByteStorage":     U8,
	"torch.BoolStorage":     Bool,

	"torch.storage.UntypedStorage": U8, // _rebuild_tensor_v3 has the type
}

// callables are the functions of reduce.
var callables = map[pyGlobal]bool{
	"collections.OrderedDict":                    true,
	"torch.Size":                                 true,
	"torch._utils._rebuild_tensor":               true,
	"torch._utils._rebuild_tensor_v2":            true,
	"torch._utils._rebuild_tensor_v3":            true,
	"torch._utils._rebuild_parameter":            true,
	"torch._utils._rebuild_parameter_with_state": true,
	"torch._tensor._rebuild_from_type_v2":        true,
}

// types are globals that occur only as arguments.
var types = map[pyGlobal]bool{
	"torch.Tensor":                 true,
	"torch.nn.parameter.Parameter": true,
}

// typeOf is the element type of a global such as torch.uint16, else 0.
func typeOf(global pyGlobal) DType {
	for dtype, info := range dtypes {
		if string(global) == "torch."+info.torch {
			return dtype
		}
	}
	return 0
}

func findGlobal(module, name string) (pyGlobal, error) {
	if len(module)+len(name) > maxName {
		return "", errors.New("the name of a global is too long")
	}
	global := pyGlobal(module + "." + name)
	if _, ok := storageTypes[global]; ok || callables[global] || types[global] || typeOf(global) != 0 {
		return global, nil
	}
	return "", fmt.Errorf("the global %q is not part of a state dict: refused; save model.state_dict() alone, or as safetensors", string(global))
}

// reduce calls one of the callables with args.
func reduce(function pyGlobal, args pyTuple) (any, error) {
	fail := func(why string) (any, error) { return nil, fmt.Errorf("%s: %s", function, why) }
	switch function {
	case "collections.OrderedDict":
		return newOrderedDict(args)
	case "torch.Size":
		if len(args) != 1 {
			return fail("wants one argument")
		}
		return args[0], nil
	case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3":
		tensor, err := newTorchTensor(args)
		if err == nil && function == "torch._utils._rebuild_tensor_v3" {
			err = tensor.retype(args)
		}
		if err != nil {
			return fail(err.Error())
		}
		return tensor, nil
	case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
		if len(args) == 0 {
			return fail("wants a tensor")
		}
		tensor, ok := args[0].(*torchTensor)
		if !ok {
			return fail("wants a tensor, has a " + kindOf(args[0]))
		}
		return tensor, nil
	case "torch._tensor._rebuild_from_type_v2": // (function, type, args, state)
		if len(args) != 4 {
			return fail("wants four arguments")
		}
		inner, isGlobal := args[0].(pyGlobal)
		innerArgs, isTuple := args[2].(pyTuple)
		if !isGlobal || !isTuple || inner == function {
			return fail("wants a function and its arguments")
		}
		return reduce(inner, innerArgs)
	default:
		return fail("cannot be called")
	}
}

// newOrderedDict takes no argument, or Python 2's list of pairs.
func newOrderedDict(args pyTuple) (any, error) {
	dict := &pyDict{}
	if len(args) == 0 {
		return dict, nil
	}
	list, ok := args[0].(*pyList)
	if !ok || len(args) != 1 {
		return nil, fmt.Errorf("collections.OrderedDict: wants a list of pairs, has a %s", kindOf(args[0]))
	}
	for _, item := range list.items {
		pair, isTuple := item.(pyTuple)
		if inner, isList := item.(*pyList); isList {
			pair, isTuple = inner.items, true
		}
		if !isTuple || len(pair) != 2 {
			return nil, errors.New("collections.OrderedDict: wants a list of pairs")
		}
		if err := dict.set(pair); err != nil {
			return nil, err
		}
	}
	return dict, nil
}

// newTorchTensor takes (storage, offset, shape, strides, ...) and ignores the rest (requires_grad, hooks).
func newTorchTensor(args pyTuple) (*torchTensor, error) {
	if len(args) < 4 {
		return nil, errors.New("wants storage, offset, shape and strides")
	}
	store, ok := args[0].(*storage)
	if !ok {
		return nil, fmt.Errorf("wants a storage, has a %s", kindOf(args[0]))
	}
	offset, ok := args[1].(int64)
	if !ok || offset < 0 {
		return nil, errors.New("the offset is not a size")
	}
	shape, err := sizes(args[2])
	if err != nil {
		return nil, fmt.Errorf("shape: %w", err)
	}
	strides, err := sizes(args[3])
	if err != nil {
		return nil, fmt.Errorf("strides: %w", err)
	}
	return &torchTensor{storage: store, dtype: store.dtype, offset: int(offset), shape: shape, strides: strides}, nil
}

// retype sets the tensor's type to the seventh argument of _rebuild_tensor_v3.
func (t *torchTensor) retype(args pyTuple) error {
	if len(args) < 7 {
		return errors.New("wants a type")
	}
	global, _ := args[6].(pyGlobal)
	if t.dtype = typeOf(global); t.dtype == 0 {
		return fmt.Errorf("the type is a %s", kindOf(args[6]))
	}
	return nil
}

// sizes converts a tuple of sizes; torch allows at most 64 dimensions.
func sizes(v any) ([]int, error) {
	tuple, ok := v.(pyTuple)
	if !ok || len(tuple) > 64 {
		return nil, errors.New("not a tuple of at most 64 sizes")
	}
	out := make([]int, len(tuple))
	for i, item := range tuple {
		n, ok := item.(int64)
		if !ok || n < 0 {
			return nil, errors.New("not a tuple of sizes")
		}
		out[i] = int(n)
	}
	return out, nil
}

// storageID is a persistent id: ("storage", type, key, location, numel, ...).
type storageID struct {
	key   string
	dtype DType
	numel int
	rest  []any
}

func parseStorageID(id any) (storageID, error) {
	tuple, ok := id.(pyTuple)
	if !ok || len(tuple) < 5 || tuple[0] != any("storage") {
		if ok && len(tuple) > 0 && tuple[0] == any("module") {
			return storageID{}, errors.New("holds a whole module, which is code: save model.state_dict() instead")
		}
		return storageID{}, errors.New("a persistent id that is not a storage")
	}
	global, _ := tuple[1].(pyGlobal)
	dtype, known := storageTypes[global]
	key, isText := tuple[2].(string)
	numel, isNumber := tuple[4].(int64)
	if !known || !isText || len(key) > maxName || !isNumber {
		return storageID{}, errors.New("a storage without type, key and size")
	}
	if _, err := byteSize(dtype, []int{int(numel)}); err != nil {
		return storageID{}, fmt.Errorf("storage %q: %w", key, err)
	}
	return storageID{key: key, dtype: dtype, numel: int(numel), rest: tuple[5:]}, nil
}
