// A graph in memory: three workers search it breadth first, remember what they found for a while, and rewire edges.
package main

import (
	"math/rand"
	"strconv"
	"sync"
)

type vertex struct {
	name  string
	edges []*vertex
	props map[string]int
}

type answer struct {
	path []string
	hops map[int]int
}

func search(graph []*vertex, from, most int) *answer {
	found := &answer{hops: map[int]int{}}
	seen := map[*vertex]bool{graph[from]: true}
	queue := []*vertex{graph[from]}
	for len(queue) > 0 && len(seen) < most {
		at := queue[0]
		queue = queue[1:]
		found.path = append(found.path, at.name)
		for _, next := range at.edges {
			if !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
		found.hops[len(found.path)] = len(queue)
	}
	return found
}

func main() {
	defer report()
	random := rand.New(rand.NewSource(6))
	graph := make([]*vertex, 60000)
	for i := range graph {
		graph[i] = &vertex{name: "vertex " + strconv.Itoa(i), props: map[string]int{"a": i, "b": -i}}
	}
	for _, v := range graph {
		for range 4 {
			v.edges = append(v.edges, graph[random.Intn(len(graph))])
		}
	}
	var wait sync.WaitGroup
	for w := range 3 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			random := rand.New(rand.NewSource(int64(w)))
			recent := make([]*answer, 300)
			for range 9000 {
				at := random.Intn(len(graph))
				found := search(graph, at, 50+random.Intn(400))
				slot := random.Intn(len(recent))
				if old := recent[slot]; old != nil {
					served.Add(int64(len(old.path)))
				}
				recent[slot] = found
				if at%3 == w {
					graph[at].edges = append([]*vertex{graph[random.Intn(len(graph))]}, graph[at].edges[1:]...)
				}
			}
		}()
	}
	wait.Wait()
}
