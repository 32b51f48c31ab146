//! Owns the search for rings in a graph: Tarjan's strongly connected components, without recursion.

/// For each node the ring it is in: two nodes are in one ring if each leads to the other.
pub(super) fn rings<Ways: Iterator<Item = usize>>(count: usize, ways: impl Fn(usize) -> Ways) -> Vec<usize> {
    let mut search = Search { found: vec![NEVER; count], low: vec![0; count], ring: vec![NEVER; count], stack: Vec::new(), next: 0 };
    for root in 0..count {
        if search.found[root] == NEVER {
            search.from(root, &ways);
        }
    }
    search.ring
}

const NEVER: usize = usize::MAX;

struct Search {
    /// In which order each node was found.
    found: Vec<usize>,
    /// The first found of those that each node leads back to.
    low: Vec<usize>,
    ring: Vec<usize>,
    /// Found, but in no ring yet.
    stack: Vec<usize>,
    next: usize,
}

impl Search {
    fn from<Ways: Iterator<Item = usize>>(&mut self, root: usize, ways: &impl Fn(usize) -> Ways) {
        let mut path = vec![(root, ways(root))];
        self.find(root);
        while let Some((node, rest)) = path.last_mut() {
            let node = *node;
            match rest.next() {
                Some(to) if self.found[to] == NEVER => {
                    self.find(to);
                    path.push((to, ways(to)));
                }
                Some(to) if self.ring[to] == NEVER => self.low[node] = self.low[node].min(self.found[to]),
                Some(_) => {}
                None => {
                    path.pop();
                    self.leave(node);
                    if let Some((above, _)) = path.last() {
                        self.low[*above] = self.low[*above].min(self.low[node]);
                    }
                }
            }
        }
    }

    fn find(&mut self, node: usize) {
        self.found[node] = self.next;
        self.low[node] = self.next;
        self.next += 1;
        self.stack.push(node);
    }

    /// The first found of a ring takes all that were found after it along.
    fn leave(&mut self, node: usize) {
        if self.low[node] != self.found[node] {
            return;
        }
        while let Some(member) = self.stack.pop() {
            self.ring[member] = node;
            if member == node {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::rings;

    #[test]
    fn two_rings_and_a_way_between() {
        let ways: [&[usize]; 6] = [&[1], &[2], &[0, 3], &[4], &[3], &[5]];
        let ring = rings(6, |node| ways[node].iter().copied());
        assert!(ring[0] == ring[1] && ring[1] == ring[2]);
        assert_eq!(ring[3], ring[4]);
        assert!(ring[0] != ring[3] && ring[5] != ring[0] && ring[5] != ring[3]);
    }
}
