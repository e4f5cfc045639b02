package checkpoints

import (
	"bytes"
	"errors"
)

// blockSize is the unit in which tensors are streamed: large enough for the
// disk, small enough for the cache. It is a multiple of every element size.
const blockSize = 4 << 20

// blocks gives the elements in order, in blocks, and lets go of the mapped
// pages behind each, so that a tensor of any size passes in constant memory. A
// strided tensor is gathered whole first.
func (v view) blocks(visit func(block []byte) error) error {
	v = v.dense()
	for data := v.stored; len(data) > 0; {
		block := data[:min(blockSize, len(data))]
		if err := visit(block); err != nil {
			return err
		}
		v.file.release(block)
		data = data[len(block):]
	}
	return nil
}

// castBlocks gives the elements as another type, in blocks. The block is reused.
// overflowed counts finite values that became infinite.
func (v view) castBlocks(to DType, visit func(block []byte) error) (overflowed int, err error) {
	if v.dtype == to {
		return 0, v.blocks(visit)
	}
	out := make([]byte, blockSize/v.dtype.Size()*to.Size())
	err = v.blocks(func(block []byte) error {
		as := out[:len(block)/v.dtype.Size()*to.Size()]
		overflowed += cast(as, to, block, v.dtype)
		return visit(as)
	})
	return overflowed, err
}

// errDiffer ends a comparison early.
var errDiffer = errors.New("values differ")

// equals tells whether other holds exactly the elements cast to its type. step
// is called with the number of bytes compared since the last call.
func (v view) equals(other view, step func(int) error) (bool, error) {
	other = other.dense()
	rest := other.stored
	_, err := v.castBlocks(other.dtype, func(block []byte) error {
		if len(block) > len(rest) || !bytes.Equal(block, rest[:len(block)]) {
			return errDiffer
		}
		other.file.release(rest[:len(block)])
		rest = rest[len(block):]
		return step(len(block))
	})
	if err == errDiffer {
		return false, nil
	}
	return err == nil && len(rest) == 0, err
}
