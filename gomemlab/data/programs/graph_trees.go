// Trees that grow, lose branches and trade them; each node knows its parent, so that whole branches are cycles of dead objects.
package main

import "gomemlab/graph"

type node struct {
	left, right, parent *node
	key                 uint64
	label               []byte
}

type leaf struct {
	left, right *leaf
	key         uint64
}

type wide struct {
	children [8]*wide
	marks    [32]byte
}

type forest struct {
	trees [80]*node
	name  [3]uint64
}

var (
	nodes   = graph.TypeOf[node]()
	leaves  = graph.TypeOf[leaf]()
	wides   = graph.TypeOf[wide]()
	forests = graph.TypeOf[forest]()

	grove  graph.Root[forest]
	sorted [4]graph.Root[leaf]
	broad  [2]graph.Root[wide]

	seed = uint64(2027)
)

func random(n int) int {
	seed = seed*6364136223846793005 + 1442695040888963407
	return int(seed>>33) % n
}

// add puts a key into a search tree.
func add(f *forest, tree int) {
	n := nodes.New()
	n.key = uint64(random(1 << 20))
	if random(3) == 0 {
		graph.SetSlice(n, &n.label, graph.Bytes(16+random(240)))
	}
	if f.trees[tree] == nil {
		graph.Set(f, &f.trees[tree], n)
		return
	}
	at := f.trees[tree]
	for {
		child := &at.left
		if n.key > at.key {
			child = &at.right
		}
		if *child == nil {
			graph.Set(at, child, n)
			graph.Set(n, &n.parent, at)
			return
		}
		at = *child
	}
}

// descend returns a node some steps down.
func descend(n *node, steps int) *node {
	for range steps {
		next := n.left
		if random(2) == 0 {
			next = n.right
		}
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// prune cuts a branch off; it still points to its parent, and nothing points to it.
func prune(f *forest) {
	if root := f.trees[random(len(f.trees))]; root != nil {
		n := descend(root, 1+random(4))
		if random(2) == 0 {
			graph.Set(n, &n.left, nil)
		} else {
			graph.Set(n, &n.right, nil)
		}
	}
}

// trade swaps branches of two trees.
func trade(f *forest) {
	a, b := f.trees[random(len(f.trees))], f.trees[random(len(f.trees))]
	if a == nil || b == nil || a == b {
		return
	}
	a, b = descend(a, random(3)), descend(b, random(3))
	ours, theirs := a.left, b.right
	graph.Set(a, &a.left, theirs)
	graph.Set(b, &b.right, ours)
	if theirs != nil {
		graph.Set(theirs, &theirs.parent, a)
	}
	if ours != nil {
		graph.Set(ours, &ours.parent, b)
	}
}

// perfect returns a full binary tree.
func perfect(depth int) *leaf {
	l := leaves.New()
	l.key = uint64(depth)
	if depth > 0 {
		graph.Set(l, &l.left, perfect(depth-1))
		graph.Set(l, &l.right, perfect(depth-1))
	}
	return l
}

// spread returns a tree with up to eight children everywhere.
func spread(depth int) *wide {
	w := wides.New()
	for i := range w.children {
		if depth > 0 && random(2) == 0 {
			graph.Set(w, &w.children[i], spread(depth-1))
		}
	}
	return w
}

//go:noinline
func season(number int) {
	if number%3 == 0 {
		grove.Set(forests.New())
	}
	f := grove.Get()
	for range 700 {
		add(f, random(len(f.trees)))
	}
	for range 60 {
		prune(f)
		trade(f)
	}
	graph.Set(f, &f.trees[number], nil)
	sorted[number%len(sorted)].Set(perfect(6 + number%3))
	broad[number%len(broad)].Set(spread(4))
}

func main() {
	for number := range 8 {
		season(number)
		graph.Collect()
	}
}
