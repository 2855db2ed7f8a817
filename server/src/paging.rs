//! Keyset paging: a list is read with one row more than a page has, which shows whether another page follows.

/// The `LIMIT` for a page and one more row.
pub(crate) fn limit_plus_one(page: usize) -> i64 {
    i64::try_from(page).unwrap_or(i64::MAX).saturating_add(1)
}

/// Truncates rows read with [`limit_plus_one`] to their page. If another page follows, returns the cursor of the last row.
pub(crate) fn take_page<T, C>(rows: &mut Vec<T>, page: usize, cursor: impl FnOnce(&T) -> C) -> Option<C> {
    let more = rows.len() > page;
    rows.truncate(page);
    rows.last().filter(|_| more).map(cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_followed_by_another_if_there_is_one_more_row() {
        for (rows, expected) in [(vec![], None), (vec![1, 2], None), (vec![1, 2, 3], Some(2))] {
            let mut page = rows.clone();
            assert_eq!(take_page(&mut page, 2, |row| *row), expected);
            assert_eq!(page, rows.into_iter().take(2).collect::<Vec<_>>());
        }
        assert_eq!((limit_plus_one(50), limit_plus_one(usize::MAX)), (51, i64::MAX));
    }
}
