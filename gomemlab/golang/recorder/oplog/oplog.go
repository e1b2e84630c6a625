// Package oplog allocates objects and remembers what was asked for.
//
// A program recorded with `gomemlab record` may import "gomemlab/oplog" without having it installed. Each function returns a new
// object on the heap and logs its kind, the bytes asked for and its address; the log is written as X.ops beside X.trace. With it
// a replay knows requested sizes, which a trace does not have.
//
// The log is a global array without pointers, so logging allocates nothing. Only one goroutine may use the package.
package oplog

import (
	"encoding/binary"
	"os"
	"unsafe"
)

// Kinds of objects, as they are written.
const (
	noscan   = 1 // bytes
	pointers = 2 // anything with pointers
	tiny     = 3 // bytes, fewer than 16
	typed    = 4 // a type without pointers
)

const capacity = 1 << 21 // objects

type op struct{ kind, size, address uint64 }

var (
	ops [capacity]op
	n   int
)

func log(kind, size uint64, object unsafe.Pointer) {
	if n == capacity {
		panic("oplog: more than 2097152 objects; log fewer of them")
	}
	ops[n] = op{kind, size, uint64(uintptr(object))}
	n++
}

// Bytes returns size bytes, which hold no pointers. It does not log a size of 0, which allocates nothing.
//
//go:noinline
func Bytes(size int) []byte {
	b := make([]byte, size)
	switch {
	case size == 0:
	case size < 16:
		log(tiny, uint64(size), unsafe.Pointer(unsafe.SliceData(b)))
	default:
		log(noscan, uint64(size), unsafe.Pointer(unsafe.SliceData(b)))
	}
	return b
}

// Pointers returns count nil pointers. It does not log a count of 0.
//
//go:noinline
func Pointers(count int) []*byte {
	p := make([]*byte, count)
	if count > 0 {
		log(pointers, 8*uint64(count), unsafe.Pointer(unsafe.SliceData(p)))
	}
	return p
}

// New returns a zero T, a type without pointers and not of size 0.
//
//go:noinline
func New[T any]() *T {
	p := new(T)
	log(typed, uint64(unsafe.Sizeof(*p)), unsafe.Pointer(p))
	return p
}

// NewWithPointers returns a zero T, a type with pointers.
//
//go:noinline
func NewWithPointers[T any]() *T {
	p := new(T)
	log(pointers, uint64(unsafe.Sizeof(*p)), unsafe.Pointer(p))
	return p
}

// Save writes the log: three little-endian uint64 for each object.
func Save(path string) error {
	written := make([]byte, 0, 24*n)
	for _, o := range ops[:n] {
		written = binary.LittleEndian.AppendUint64(written, o.kind)
		written = binary.LittleEndian.AppendUint64(written, o.size)
		written = binary.LittleEndian.AppendUint64(written, o.address)
	}
	return os.WriteFile(path, written, 0o644)
}
