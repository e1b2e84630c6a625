// A graph of objects of many sizes that changes at random: objects are made, pointers written and cleared, roots dropped.
package main

import (
	"unsafe"

	"gomemlab/graph"
)

// Every object begins with its slots, and each slot may point to any object.
type (
	one    struct{ slots [1]*one } // 8 B, the smallest with a pointer
	pair   struct{ slots [2]*one }
	three  struct{ slots [3]*one } // 24 B
	triple struct {                // 48 B
		slots [3]*one
		plain [3]uint64
	}
	six struct { // 96 B
		slots [6]*one
		plain [6]uint64
	}
	twenty struct { // 208 B
		slots [20]*one
		plain [5]uint64
	}
	sixty   struct{ slots [60]*one } // 480 B
	hundred struct {                 // 840 B: a header says where its pointers are
		slots [100]*one
		plain [5]uint64
	}
	page struct { // 5,000 B
		slots [25]*one
		plain [600]uint64
	}
)

var (
	ones     = graph.TypeOf[one]()
	pairs    = graph.TypeOf[pair]()
	threes   = graph.TypeOf[three]()
	triples  = graph.TypeOf[triple]()
	sixes    = graph.TypeOf[six]()
	twenties = graph.TypeOf[twenty]()
	sixties  = graph.TypeOf[sixty]()
	hundreds = graph.TypeOf[hundred]()
	pages    = graph.TypeOf[page]()

	roots [24]graph.Root[one]

	seed = uint64(18)
)

// How many slots each object has, by its address; an open hash table without pointers.
const tableSize = 1 << 18

var (
	addresses [tableSize]uintptr
	counts    [tableSize]int
)

func random(n int) int {
	seed = seed*6364136223846793005 + 1442695040888963407
	return int(seed>>33) % n
}

func place(o *one) int {
	address := uintptr(unsafe.Pointer(o))
	i := int(uint64(address) * 0x9E3779B97F4A7C15 >> 46)
	for addresses[i] != 0 && addresses[i] != address {
		i = (i + 1) % tableSize
	}
	return i
}

func remember(object unsafe.Pointer, slots int) *one {
	o := (*one)(object)
	i := place(o)
	addresses[i], counts[i] = uintptr(object), slots
	return o
}

func slotsOf(o *one) int { return counts[place(o)] }

func slot(o *one, i int) **one { return (**one)(unsafe.Add(unsafe.Pointer(o), 8*i)) }

// make returns a new object of a random kind.
func newObject() *one {
	switch kind := random(40); {
	case kind < 5:
		return remember(unsafe.Pointer(ones.New()), 1)
	case kind < 9:
		return remember(unsafe.Pointer(pairs.New()), 2)
	case kind < 15:
		return remember(unsafe.Pointer(threes.New()), 3)
	case kind < 20:
		return remember(unsafe.Pointer(triples.New()), 3)
	case kind < 24:
		return remember(unsafe.Pointer(sixes.New()), 6)
	case kind < 27:
		return remember(unsafe.Pointer(twenties.New()), 20)
	case kind < 28:
		return remember(unsafe.Pointer(sixties.New()), 60)
	case kind < 29:
		return remember(unsafe.Pointer(hundreds.New()), 100)
	case kind < 30 && random(3) == 0:
		return remember(unsafe.Pointer(pages.New()), 25)
	case kind < 33:
		count := 1 + random(30)
		return remember(unsafe.Pointer(unsafe.SliceData(graph.Pointers[one](count))), count)
	case kind < 34 && random(20) == 0:
		count := 4_000 + random(16_000) // a large object, some of them so large that they are marked in parts
		return remember(unsafe.Pointer(unsafe.SliceData(graph.Pointers[one](count))), count)
	case kind < 36:
		return remember(unsafe.Pointer(unsafe.SliceData(graph.Bytes(1+random(15)))), 0) // shares a block of 16 B
	default:
		return remember(unsafe.Pointer(unsafe.SliceData(graph.Bytes(16+random(1_500)))), 0)
	}
}

// walk returns an object a random way from a root, nil where the root is nil.
func walk() *one {
	o := roots[random(len(roots))].Get()
	for range random(12) {
		if o == nil || slotsOf(o) == 0 {
			return o
		}
		if next := *slot(o, random(slotsOf(o))); next != nil {
			o = next
		}
	}
	return o
}

func change() {
	o := walk()
	if o == nil || slotsOf(o) == 0 {
		roots[random(len(roots))].Set(newObject())
		return
	}
	at := slot(o, random(slotsOf(o)))
	switch random(20) {
	case 0:
		graph.Set(o, at, nil)
	case 1, 2, 3, 4, 5:
		graph.Set(o, at, walk())
	case 6:
		if random(8) == 0 {
			roots[random(len(roots))].Set(walk())
		}
	default:
		if *at == nil || random(3) == 0 {
			graph.Set(o, at, newObject())
		}
	}
}

//go:noinline
func turn() {
	for range 1_800 {
		change()
	}
}

func main() {
	for range 8 {
		turn()
		graph.Collect()
	}
}
