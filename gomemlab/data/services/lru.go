// A least-recently-used cache of values of 1 to 8 KiB under a skewed choice of keys.
package main

import (
	"container/list"
	"math/rand"
)

type value struct {
	key  uint64
	data []byte
	refs []*int
}

func main() {
	defer report()
	random := rand.New(rand.NewSource(3))
	skewed := rand.NewZipf(random, 1.1, 8, 200000)
	order := list.New()
	where := map[uint64]*list.Element{}
	for range 2400000 {
		key := skewed.Uint64()
		served.Add(1)
		if at, ok := where[key]; ok {
			order.MoveToFront(at)
			continue
		}
		v := &value{key: key, data: make([]byte, 1024+random.Intn(7168)), refs: make([]*int, 10)}
		for i := range v.refs {
			v.refs[i] = new(int)
		}
		where[key] = order.PushFront(v)
		if order.Len() > 7000 {
			last := order.Back()
			delete(where, order.Remove(last).(*value).key)
		}
	}
}
