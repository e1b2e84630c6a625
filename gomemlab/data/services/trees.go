// Trees are built, walked and dropped beside one that stays, by two goroutines.
package main

import "sync"

type tree struct{ left, right *tree }

func build(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{build(depth - 1), build(depth - 1)}
}

func (t *tree) count() int {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.count() + t.right.count()
}

func main() {
	defer report()
	standing := build(19)
	var wait sync.WaitGroup
	for g := range 2 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			total := 0
			for i := range 1300 {
				total += build(10 + (i+g)%7).count()
			}
			served.Add(int64(total))
		}()
	}
	wait.Wait()
	served.Add(int64(standing.count()))
}
