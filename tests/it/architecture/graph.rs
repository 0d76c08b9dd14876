//! Cycles in a graph of rooms.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Which rooms each room uses.
pub(super) type Graph = BTreeMap<String, BTreeSet<String>>;

/// The sets of rooms that all lead to each other (Tarjan's strongly connected components of two rooms and more).
pub(super) fn cycles(graph: &Graph) -> Vec<Vec<String>> {
    let mut search =
        Search { graph, index: BTreeMap::new(), low: BTreeMap::new(), stack: Vec::new(), found: Vec::new() };
    for room in graph.keys() {
        if !search.index.contains_key(room.as_str()) {
            search.visit(room);
        }
    }
    search.found.sort();
    search.found
}

struct Search<'a> {
    graph: &'a Graph,
    index: BTreeMap<&'a str, usize>,
    low: BTreeMap<&'a str, usize>,
    stack: Vec<&'a str>,
    found: Vec<Vec<String>>,
}

impl<'a> Search<'a> {
    fn visit(&mut self, room: &'a str) {
        let index = self.index.len();
        self.index.insert(room, index);
        self.low.insert(room, index);
        self.stack.push(room);
        for next in self.graph.get(room).into_iter().flatten() {
            let low = if !self.index.contains_key(next.as_str()) {
                self.visit(next);
                self.low[next.as_str()]
            } else if self.stack.contains(&next.as_str()) {
                self.index[next.as_str()]
            } else {
                continue;
            };
            self.low.insert(room, low.min(self.low[room]));
        }
        if self.low[room] == index {
            let at = self.stack.iter().position(|other| *other == room).unwrap();
            let mut cycle: Vec<_> = self.stack.split_off(at).into_iter().map(str::to_owned).collect();
            if cycle.len() > 1 {
                cycle.sort();
                self.found.push(cycle);
            }
        }
    }
}

/// A shortest way through a cycle from its first room back to it; the first room is not repeated.
pub(super) fn shortest(graph: &Graph, cycle: &[String]) -> Vec<String> {
    let ways = cycle.iter().map(|start| way_back(graph, cycle, start));
    ways.min_by_key(Vec::len).unwrap()
}

fn way_back(graph: &Graph, cycle: &[String], start: &str) -> Vec<String> {
    let mut ways = VecDeque::from([vec![start.to_owned()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in graph[way.last().unwrap()].iter().filter(|next| cycle.contains(next)) {
            if next == start {
                return way;
            }
            if seen.insert(next.clone()) {
                ways.push_back([&way[..], std::slice::from_ref(next)].concat());
            }
        }
    }
    unreachable!("the rooms of a cycle lead to each other")
}

#[test]
fn cycles_are_found_and_walked() {
    let uses = [
        ("a", "b"),
        ("b", "c"),
        ("c", "a"),
        ("c", "d"),
        ("d", "e"),
        ("e", "f"),
        ("f", "d"),
        ("f", "e"),
        ("g", "a"),
    ];
    let mut graph = Graph::new();
    for (from, to) in uses {
        graph.entry(from.to_owned()).or_default().insert(to.to_owned());
    }
    assert_eq!(cycles(&graph), [vec!["a", "b", "c"], vec!["d", "e", "f"]]);
    assert_eq!(shortest(&graph, &cycles(&graph)[0]), ["a", "b", "c"]);
    assert_eq!(shortest(&graph, &cycles(&graph)[1]), ["e", "f"]);
    graph.get_mut("c").unwrap().remove("a");
    assert_eq!(cycles(&graph), [vec!["d", "e", "f"]]);
}
