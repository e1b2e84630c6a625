// Package graph allocates objects, writes pointers between them, and remembers both.
//
// A program recorded with `gomemlab record` may import "gomemlab/graph" without having it installed. All its objects come from this
// package, and each pointer to one is written by it: into a slot of another object or into a Root. The log is written as X.graph
// beside X.trace. It holds the whole object graph at any moment, so a model can tell which objects each Collect frees; that needs no
// more than the log.
//
// The log is made of global arrays without pointers: logging allocates nothing, and keeps nothing alive. Only one goroutine may use
// the package, and at a Collect no variable that is still used may point to an object: then the log does not know all that is alive.
package graph

import (
	"encoding/binary"
	"os"
	"reflect"
	"runtime"
	"unsafe"
)

// Kinds of operations, as they are written, with what their three numbers are.
const (
	version = 0 // of this format, 0, 0
	typ     = 1 // number, size, how many slots follow
	slot    = 2 // type, offset of a pointer in it, 0
	alloc   = 3 // type, size, address
	write   = 4 // address of the object, offset of the slot, address that it points to from now on (0: nil)
	root    = 5 // address of the root, address that it points to, 0
	collect = 6 // number of the collection, from 0; 0; 0
)

// Types that each log knows; those of the program are numbered from 2 on.
const (
	noscan   = 0
	pointers = 1 // nothing but pointers
)

const (
	capacity    = 1 << 20 // operations
	collections = 64
)

var (
	ops   [4][capacity]uint64
	n     int
	types = []reflect.Type{nil, nil}
	stats [collections]runtime.MemStats
	cycle int
)

func log(kind, a, b, c uint64) {
	if n == capacity {
		panic("graph: more than 1048576 operations; do fewer")
	}
	ops[0][n], ops[1][n], ops[2][n], ops[3][n] = kind, a, b, c
	n++
}

func at[T any](p *T) uint64 { return uint64(uintptr(unsafe.Pointer(p))) }

// A Type allocates objects of the Go type T.
type Type[T any] struct{ number uint64 }

// TypeOf returns the Type of T. Call it to initialise a global variable: it allocates, and the recording has not begun then.
func TypeOf[T any]() Type[T] {
	types = append(types, reflect.TypeFor[T]())
	return Type[T]{uint64(len(types) - 1)}
}

// New returns a zero T.
//
//go:noinline
func (t Type[T]) New() *T {
	p := new(T)
	log(alloc, t.number, uint64(unsafe.Sizeof(*p)), at(p))
	return p
}

// Bytes returns size bytes, which hold no pointers; at least 1.
//
//go:noinline
func Bytes(size int) []byte {
	b := make([]byte, size)
	log(alloc, noscan, uint64(size), at(unsafe.SliceData(b)))
	return b
}

// Pointers returns count nil pointers; at least 1.
//
//go:noinline
func Pointers[T any](count int) []*T {
	p := make([]*T, count)
	log(alloc, pointers, 8*uint64(count), at(unsafe.SliceData(p)))
	return p
}

// Set makes a slot of an object point to another one, or to nothing.
func Set[T, U any](object *T, slot **U, to *U) {
	*slot = to
	log(write, at(object), at(slot)-at(object), at(to))
}

// SetSlice makes a slice in an object be `to`, which begins where Bytes or Pointers made it, or is nil.
func SetSlice[T, E any](object *T, slot *[]E, to []E) {
	*slot = to
	log(write, at(object), at(slot)-at(object), at(unsafe.SliceData(to)))
}

// SetElement makes element i of a slice that Pointers made point to an object, or to nothing.
func SetElement[T any](slice []*T, i int, to *T) {
	slice[i] = to
	log(write, at(unsafe.SliceData(slice)), 8*uint64(i), at(to))
}

// A Root points to an object from outside the heap. It must be, or be in, a global variable.
type Root[T any] struct{ at *T }

// Get returns what the root points to.
func (r *Root[T]) Get() *T { return r.at }

// Set makes the root point to an object, or to nothing.
func (r *Root[T]) Set(to *T) {
	r.at = to
	log(root, at(&r.at), at(to), 0)
}

// Collect runs a collection and reads the statistics behind it.
//
//go:noinline
func Collect() {
	if cycle == collections {
		panic("graph: more than 64 collections; do fewer")
	}
	log(collect, uint64(cycle), 0, 0)
	runtime.GC()
	runtime.ReadMemStats(&stats[cycle])
	cycle++
}

// Collections returns what the statistics said behind each collection.
func Collections() any {
	said := []any{}
	for _, s := range stats[:cycle] {
		said = append(said, map[string]any{
			"Mallocs": s.Mallocs, "Frees": s.Frees, "TotalAlloc": s.TotalAlloc, "HeapAlloc": s.HeapAlloc, "HeapInuse": s.HeapInuse,
			"HeapObjects": s.HeapObjects, "HeapSys": s.HeapSys, "HeapIdle": s.HeapIdle, "HeapReleased": s.HeapReleased, "Alloc": s.Alloc,
			"Sys": s.Sys, "StackInuse": s.StackInuse, "MSpanInuse": s.MSpanInuse, "MCacheInuse": s.MCacheInuse, "NumGC": s.NumGC,
			"NumForcedGC": s.NumForcedGC,
			"BySize":      s.BySize,
		})
	}
	return said
}

// Save writes the log: the kinds of all operations, then their first numbers, and so on; little-endian uint64.
func Save(path string) error {
	columns := [4][]uint64{{version}, {1}, {0}, {0}}
	add := func(operation ...uint64) {
		for i, number := range operation {
			columns[i] = append(columns[i], number)
		}
	}
	for number, t := range types {
		if t != nil {
			offsets := slots(t, 0)
			add(typ, uint64(number), uint64(t.Size()), uint64(len(offsets)))
			for _, offset := range offsets {
				add(slot, uint64(number), uint64(offset), 0)
			}
		}
	}
	var written []byte
	for i, column := range columns {
		for _, number := range append(column, ops[i][:n]...) {
			written = binary.LittleEndian.AppendUint64(written, number)
		}
	}
	return os.WriteFile(path, written, 0o644)
}

// slots returns where a type has pointers, as bytes from its start.
func slots(t reflect.Type, from uintptr) []uintptr {
	var found []uintptr
	switch t.Kind() {
	case reflect.Pointer, reflect.UnsafePointer, reflect.Map, reflect.Chan, reflect.Func, reflect.Slice, reflect.String:
		found = append(found, from)
	case reflect.Interface:
		found = append(found, from, from+8)
	case reflect.Array:
		for i := range t.Len() {
			found = append(found, slots(t.Elem(), from+uintptr(i)*t.Elem().Size())...)
		}
	case reflect.Struct:
		for i := range t.NumField() {
			found = append(found, slots(t.Field(i).Type, from+t.Field(i).Offset)...)
		}
	}
	return found
}
