//! A reproducible random number generator: the same seed gives the same city on every machine and with every version of
//! the dependencies. The generators of libraries do not guarantee this.

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
#[derive(Clone, Debug)]
pub(super) struct Rng(u64);

impl Rng {
    /// An independent stream for each seed.
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = Self(seed.wrapping_mul(0xD134_2543_DE82_EF95));
        rng.next();
        rng
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to `below - 1`; 0 when `below` is 0.
    pub(super) fn below(&mut self, below: u32) -> u32 {
        let wide = (self.next() >> 32).wrapping_mul(u64::from(below)) >> 32;
        u32::try_from(wide).unwrap_or(0)
    }

    /// A number from `least` to `most`, both inclusive.
    pub(super) fn between(&mut self, least: u32, most: u32) -> u32 {
        least.saturating_add(self.below(most.saturating_sub(least).saturating_add(1)))
    }

    /// True with a probability of `chance` percent.
    pub(super) fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    /// A random element.
    pub(super) fn pick<'a, T>(&mut self, rows: &'a [T]) -> Option<&'a T> {
        let index = self.below(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        rows.get(usize::try_from(index).ok()?)
    }

    /// A random element, with probabilities proportional to the weights.
    pub(super) fn weighted<'a, T>(&mut self, rows: &'a [(u32, T)]) -> Option<&'a T> {
        let mut at = self.below(rows.iter().map(|(weight, _)| weight).sum());
        rows.iter().find_map(|(weight, row)| {
            let here = at < *weight;
            at = at.saturating_sub(*weight);
            here.then_some(row)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_within_their_bounds() {
        let throws = |seed| {
            let mut rng = Rng::new(seed);
            (0..1000).map(|_| rng.between(3, 9)).collect::<Vec<_>>()
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
        for face in 3..=9 {
            assert!((90..200).contains(&throws(7).iter().filter(|n| **n == face).count()), "{face}");
        }
        assert!(throws(7).iter().all(|n| (3..=9).contains(n)));
        assert_eq!(Rng::new(1).below(0), 0);
    }

    #[test]
    fn weights_are_kept() {
        let mut rng = Rng::new(1);
        let drawn: Vec<_> = (0..1000).filter_map(|_| rng.weighted(&[(90, 'a'), (0, 'b'), (10, 'c')])).collect();
        assert_eq!(drawn.len(), 1000);
        assert!(!drawn.contains(&&'b'));
        assert!((850..950).contains(&drawn.iter().filter(|c| ***c == 'a').count()));
    }
}
