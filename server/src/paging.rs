//! Lists page by page: each page is read with one row more than it has, by which is known whether another follows.

/// The `LIMIT` that reads a page and one row more.
pub(crate) fn one_more(page: usize) -> i64 {
    i64::try_from(page).unwrap_or(i64::MAX).saturating_add(1)
}

/// Cuts rows that were read so down to their page; gives `mark` of the last of it, where another page follows.
pub(crate) fn cut<T, M>(rows: &mut Vec<T>, page: usize, mark: impl FnOnce(&T) -> M) -> Option<M> {
    let more = rows.len() > page;
    rows.truncate(page);
    rows.last().filter(|_| more).map(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_followed_where_there_is_a_row_more() {
        for (rows, expected) in [(vec![], None), (vec![1, 2], None), (vec![1, 2, 3], Some(2))] {
            let mut cut_down = rows.clone();
            assert_eq!(cut(&mut cut_down, 2, |row| *row), expected);
            assert_eq!(cut_down, rows.into_iter().take(2).collect::<Vec<_>>());
        }
        assert_eq!((one_more(50), one_more(usize::MAX)), (51, i64::MAX));
    }
}
