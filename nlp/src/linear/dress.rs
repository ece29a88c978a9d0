//! Examples in mail's clothes: most examples are bare sentences, most mails are not.
//!
//! A dressed copy has a greeting before and a closing after the text, so that training learns that
//! these say nothing about what the writer wants or feels.

use super::data::{Example, Source};
use super::train::draw;

const GREETINGS_EN: &[&str] = &[
    "Hi,",
    "Hello,",
    "Dear Sir or Madam,",
    "Hi team,",
    "Good morning,",
    "Dear team,",
    "Hello Mia,",
    "Hi there,",
    "Dear Mr Fischer,",
    "Good afternoon,\n\nI hope this email finds you well.",
    "Hi,\n\nI hope you are well.",
    "Dear all,\n\nhope you're doing great.",
    "Hello, my name is Emma Price and I'm a customer of yours.",
    "Dear support team,",
    "Dear Ms Tan,\n\nthank you for your email.",
    "Hi Leo,\n\nthanks for your message.",
];
const CLOSINGS_EN: &[&str] = &[
    "Best regards,\nAnna Keller",
    "Kind regards\nTom",
    "Thanks,\nJ. Miller",
    "Many thanks and best wishes\nSarah Jones\nOffice Manager",
    "Thank you in advance.\n\nRegards, Peter",
    "Sincerely,\nDr. M. Haddad",
    "Cheers\nBen",
    "Yours faithfully,\nHelen Marsh\nNorthgate Ltd",
    "Looking forward to your reply.\nBest\nRachel",
    "Thanks in advance for your help!\nBest,\nPetra Novak\nNovak Café",
    "Please let me know. Thank you!\nMaria",
    "Sent from my iPhone",
    "Have a nice day\nErik",
];
const GREETINGS_ZH: &[&str] = &[
    "您好，",
    "你好：",
    "您好！\n打扰了。",
    "尊敬的客服：\n您好！",
    "亲，在吗？",
    "王经理您好：",
    "各位好，",
    "Hi，你好，",
    "您好，我是李明，贵公司的老客户。",
    "尊敬的先生/女士：",
    "請問在嗎？您好，",
];
const CLOSINGS_ZH: &[&str] = &[
    "谢谢！\n李明",
    "麻烦了，谢谢。",
    "此致\n敬礼\n张伟",
    "祝商祺！\n王丽\n采购部",
    "盼复，谢谢！",
    "感谢您的帮助。\n祝好\n陈静",
    "期待您的回复。",
    "辛苦了，谢谢！",
    "順頌商祺\n林小姐",
    "发自我的iPhone",
];

/// Returns a dressed copy of an example, the same one every time.
pub fn dressed(example: &Example, chinese: bool, seed: u64) -> Example {
    let (greetings, closings) =
        if chinese { (GREETINGS_ZH, CLOSINGS_ZH) } else { (GREETINGS_EN, CLOSINGS_EN) };
    let n = draw(&example.text, seed ^ 0xd4e5) as usize;
    let (greeting, closing) = (greetings[n % greetings.len()], closings[n / 64 % closings.len()]);
    let text = format!("{greeting}\n\n{}\n\n{closing}", example.text);
    Example { text, source: Source::Dressed, ..example.clone() }
}
