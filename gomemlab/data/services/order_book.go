// An exchange: orders rest in price levels until another one takes them or they are cancelled; trades go into a tape.
package main

import (
	"container/list"
	"math/rand"
	"sort"
	"strconv"
)

type order struct {
	id, price, quantity int
	owner               string
	level               *level
	at                  *list.Element
}

type level struct {
	price  int
	orders *list.List
}

type trade struct {
	buyer, seller   string
	price, quantity int
}

type book struct {
	bids, asks map[int]*level
	resting    map[int]*order
}

func (b *book) rest(side map[int]*level, o *order) {
	l := side[o.price]
	if l == nil {
		l = &level{price: o.price, orders: list.New()}
		side[o.price] = l
	}
	o.level, o.at = l, l.orders.PushBack(o)
	b.resting[o.id] = o
}

func (b *book) remove(side map[int]*level, o *order) {
	o.level.orders.Remove(o.at)
	if o.level.orders.Len() == 0 {
		delete(side, o.price)
	}
	delete(b.resting, o.id)
}

func (b *book) match(o *order, against map[int]*level, crosses func(price int) bool, tape []trade) []trade {
	prices := make([]int, 0, 16)
	for price := o.price - 8; price <= o.price+8; price++ {
		if against[price] != nil && crosses(price) {
			prices = append(prices, price)
		}
	}
	sort.Slice(prices, func(i, j int) bool { return abs(prices[i]-o.price) > abs(prices[j]-o.price) })
	for _, price := range prices {
		for against[price] != nil && o.quantity > 0 {
			other := against[price].orders.Front().Value.(*order)
			n := min(o.quantity, other.quantity)
			tape = append(tape, trade{o.owner, other.owner, price, n})
			o.quantity, other.quantity = o.quantity-n, other.quantity-n
			if other.quantity == 0 {
				b.remove(against, other)
			}
		}
	}
	return tape
}

func abs(n int) int { return max(n, -n) }

func main() {
	defer report()
	random := rand.New(rand.NewSource(11))
	b := &book{bids: map[int]*level{}, asks: map[int]*level{}, resting: map[int]*order{}}
	var days [][]trade
	middle := 10000
	for day := range 9 {
		tape := []trade{}
		for n := range 150000 {
			id := day*150000 + n
			o := &order{id: id, price: middle + random.Intn(61) - 30, quantity: 1 + random.Intn(90), owner: "client " + strconv.Itoa(random.Intn(5000))}
			mine, theirs, crosses := b.bids, b.asks, func(price int) bool { return price <= o.price }
			if random.Intn(2) == 0 {
				mine, theirs, crosses = b.asks, b.bids, func(price int) bool { return price >= o.price }
			}
			if tape = b.match(o, theirs, crosses, tape); o.quantity > 0 {
				b.rest(mine, o)
			}
			if old := b.resting[id-random.Intn(120000)-1]; old != nil { // many orders are withdrawn before they meet another
				if b.bids[old.price] == old.level {
					b.remove(b.bids, old)
				} else {
					b.remove(b.asks, old)
				}
			}
			if n%512 == 0 {
				middle += random.Intn(5) - 2
			}
			served.Add(1)
		}
		if days = append(days, tape); len(days) > 3 {
			days = days[1:]
		}
	}
}
