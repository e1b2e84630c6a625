// A large standing index of linked nodes, and requests that allocate little beside it.
package main

import "math/rand"

type node struct {
	left, right *node
	key         int
	payload     [5]int
}

func grow(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{left: grow(depth - 1), right: grow(depth - 1), key: depth}
}

var sink []int

func main() {
	defer report()
	index := grow(19) // a million nodes of 64 B
	random := rand.New(rand.NewSource(1))
	for range 1000000 {
		at := index
		path := make([]int, 0, 24)
		for at.left != nil {
			path = append(path, at.key)
			if random.Intn(2) == 0 {
				at = at.left
			} else {
				at = at.right
			}
		}
		sink = append(path, make([]int, 200)...)
		served.Add(1)
	}
}
