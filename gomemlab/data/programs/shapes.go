// Structs of many sizes with and without pointers, small strings between them, and now and then a buffer of its own pages.
package main

import (
	"fmt"

	"gomemlab/oplog"
)

type point struct{ x, y, z float64 }

type list struct {
	next *list
	at   *point
}

type tree struct {
	children [8]*tree
	label    string
	marks    [5]int32
}

type header struct {
	fields [100]*byte
	size   int64
}

var (
	head    *list
	root    *tree
	headers [64]*header
	labels  [256][]byte
	buffers [4][]byte
)

func (t *tree) add(depth int, seed uint32) *tree {
	if t == nil {
		t = oplog.NewWithPointers[tree]()
	}
	if depth > 0 {
		i := seed >> 29
		t.children[i] = t.children[i].add(depth-1, seed*1664525+1013904223)
	}
	return t
}

func main() {
	for i := range 6_000 {
		cell := oplog.NewWithPointers[list]()
		cell.next, cell.at = head, oplog.New[point]()
		head = cell
		labels[i%len(labels)] = oplog.Bytes(1 + i*7%15)
		root = root.add(6, uint32(i)*2654435761)
		if i%5 == 0 {
			headers[i%len(headers)] = oplog.NewWithPointers[header]()
		}
		if i%200 == 0 {
			buffers[i/200%len(buffers)] = oplog.Bytes(32_000 + 1_000*i/200)
		}
	}
	fmt.Println("a list, a tree, headers, labels and buffers")
}
