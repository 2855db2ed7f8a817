//! Masking of personal data (脱敏): enough to recognise one's own value, not enough for others.

/// A mobile number (手机号码): `138****1234`.
#[must_use]
pub fn mask_phone(phone: &str) -> String {
    keep_ends(phone, 3, "****", 4)
}

/// A telephone number of an emergency call, mobile or landline: `138******78`. Short numbers are hidden completely.
#[must_use]
pub fn mask_call_phone(phone: &str) -> String {
    if phone.chars().count() > 6 { cover_middle(phone, 3, 2) } else { cover_middle(phone, 0, 0) }
}

/// An e-mail address (电子邮箱): `l***@example.cn`, without the length of its name.
#[must_use]
pub fn mask_email(email: &str) -> String {
    mask_mailbox(email, 1)
}

/// A phone or e-mail address as the name of a signed-in account in the page header: `138****1234`, `li***@example.cn`.
#[must_use]
pub fn mask_contact(contact: &str) -> String {
    if contact.contains('@') { mask_mailbox(contact, 2) } else { mask_phone(contact) }
}

/// A bank account (银行账号): `****1234`, without the bank and the length.
#[must_use]
pub fn mask_bank_account(account: &str) -> String {
    keep_ends(account, 0, "****", 4)
}

/// A citizen identity number (公民身份号码): `420***********1234`, without county and date of birth.
#[must_use]
pub fn mask_resident_id(id: &str) -> String {
    keep_ends(id, 3, "***********", 4)
}

/// A person's name (姓名): its first character and at most three stars.
#[must_use]
pub fn mask_name(name: &str) -> String {
    let stars = name.chars().count().saturating_sub(1).min(3);
    keep_ends(name, 1, &"*".repeat(stars), 0)
}

/// A sensitive answer or fact of any kind, in its own length: `138****5678`, `110***********002X`, `s******@example.cn`.
#[must_use]
pub fn mask_value(value: &str) -> String {
    match value.split_once('@') {
        Some((name, host)) => format!("{}@{host}", cover_middle(name, 1, 0)),
        None if value.chars().count() >= 11 => cover_middle(value, 3, 4),
        None => cover_middle(value, 1, 0),
    }
}

/// The address with the first `head` characters of its name.
fn mask_mailbox(email: &str, head: usize) -> String {
    let (name, host) = email.split_once('@').unwrap_or((email, ""));
    format!("{}@{host}", keep_ends(name, head, "***", 0))
}

/// The first `head` and the last `tail` characters with `stars` between them, regardless of the length.
fn keep_ends(text: &str, head: usize, stars: &str, tail: usize) -> String {
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(text.chars().count().saturating_sub(tail)).collect();
    format!("{start}{stars}{end}")
}

/// The text with a star for every character except the first `head` and the last `tail`.
fn cover_middle(text: &str, head: usize, tail: usize) -> String {
    let last = text.chars().count().saturating_sub(tail);
    text.chars().enumerate().map(|(at, c)| if at < head || at >= last { c } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_number_keeps_its_ends() {
        assert_eq!(mask_phone("13812345678"), "138****5678");
        assert_eq!(mask_bank_account("6222020000000001234"), "****1234");
        assert_eq!(mask_resident_id("42010619491231002X"), "420***********002X");
        assert_eq!(mask_call_phone("13812345678"), "138******78");
        assert_eq!(mask_call_phone("120"), "***");
        assert_eq!(mask_call_phone(""), "");
    }

    #[test]
    fn a_masked_address_keeps_its_host() {
        assert_eq!(mask_email("lihua@example.cn"), "l***@example.cn");
        assert_eq!(mask_contact("lihua@example.cn"), "li***@example.cn");
        assert_eq!(mask_contact("13812345678"), "138****5678");
    }

    #[test]
    fn a_masked_name_keeps_the_first_character() {
        assert_eq!(mask_name("欧阳修文"), "欧***");
        assert_eq!(mask_name("李华"), "李*");
        assert_eq!(mask_name(""), "");
    }

    #[test]
    fn a_masked_value_keeps_its_length() {
        assert_eq!(mask_value("110105194912310021"), "110***********0021");
        assert_eq!(mask_value("someone@example.cn"), "s******@example.cn");
        assert_eq!(mask_value("张三丰"), "张**");
    }
}
