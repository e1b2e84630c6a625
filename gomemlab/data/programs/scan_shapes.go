// Heaps of fixed shapes, each collected three times: what GODEBUG=gctrace=2 says of how their objects are scanned.
package main

import "runtime"

type (
	pair   struct{ a, b *pair } // 16 B
	triple struct {             // 24 B
		a, b *triple
		key  uint64
	}
	six struct { // 48 B
		slots [4]*six
		plain [2]uint64
	}
	twelve struct { // 96 B
		slots [8]*twelve
		plain [4]uint64
	}
	fifty struct { // 416 B: its class is not used by the runtime
		slots [48]*fifty
		plain [4]uint64
	}
	large struct { // 1,024 B with its header: not one of Green Tea's classes
		slots [100]*large
		plain [27]uint64
	}
)

var (
	pairs   [1024]*pair
	tree    *triple
	list    *triple
	array   []*triple
	sparse  []*six
	graph   *six
	wide    *twelve
	fifties *fifty
	larges  *large
	spilled *pair
)

func grow(depth int) *triple {
	t := &triple{key: uint64(depth)}
	if depth > 0 {
		t.a, t.b = grow(depth-1), grow(depth-1)
	}
	return t
}

func spread(depth int) *twelve {
	t := &twelve{}
	if depth > 0 {
		for i := range t.slots {
			t.slots[i] = spread(depth - 1)
		}
	}
	return t
}

//go:noinline
func makeTree() { tree = grow(14) }

//go:noinline
func makeList() {
	for i := range 100_000 {
		list = &triple{a: list, key: uint64(i)}
	}
}

//go:noinline
func makeArray() {
	array = make([]*triple, 100_000)
	for i := range array {
		array[i] = &triple{}
	}
}

// One object of a hundred is alive.
//
//go:noinline
func makeSparse() {
	sparse = make([]*six, 1_000)
	for i := range 100_000 {
		o := &six{}
		if i%100 == 0 {
			sparse[i/100] = o
		}
	}
}

//go:noinline
func makeGraph() {
	nodes := make([]*six, 50_000)
	for i := range nodes {
		nodes[i] = &six{}
	}
	seed := uint64(1)
	for _, node := range nodes {
		for j := range node.slots {
			seed = seed*6364136223846793005 + 1442695040888963407
			node.slots[j] = nodes[int(seed>>33)%len(nodes)]
		}
	}
	graph = nodes[0]
}

//go:noinline
func makeWide() { wide = spread(5) }

//go:noinline
func makeFifties() {
	for range 20_000 {
		fifties = &fifty{slots: [48]*fifty{0: fifties}}
	}
}

//go:noinline
func makeLarges() {
	for range 10_000 {
		larges = &large{slots: [100]*large{0: larges}}
	}
}

// One object of each span is alive.
//
//go:noinline
func makePairs() {
	for i := range pairs {
		pairs[i] = &pair{}
		for range 511 {
			spilled = &pair{}
		}
	}
	spilled = nil
}

//go:noinline
func drop() {
	clear(pairs[:])
	tree, list, array, sparse, graph, wide, fifties, larges = nil, nil, nil, nil, nil, nil, nil, nil
}

func main() {
	runtime.GC()
	runtime.GC()
	shapes := []struct {
		name string
		make func()
	}{
		{"nothing", func() {}},
		{"tree of 24 B", makeTree},
		{"list of 24 B", makeList},
		{"array of 24 B", makeArray},
		{"one of a hundred of 48 B", makeSparse},
		{"random graph of 48 B", makeGraph},
		{"wide tree of 96 B", makeWide},
		{"list of 416 B", makeFifties},
		{"list of 1,024 B", makeLarges},
		{"one a span of 16 B", makePairs},
	}
	for _, shape := range shapes {
		shape.make()
		println("shape", shape.name)
		for range 3 {
			runtime.GC()
		}
		println("drop")
		drop()
		runtime.GC()
		runtime.GC()
	}
}
