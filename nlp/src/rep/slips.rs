//! Slips of an input method: characters that sound like those of a command's word.

use super::words::{Class, Token};

/// What is typed, and what is meant; no word of the left side means anything to a rep.
const SLIPS: &[(&str, &str)] = &[
    ("公单", "工单"),
    ("功单", "工单"),
    ("弓单", "工单"),
    ("攻单", "工单"),
    ("工丹", "工单"),
    ("共单", "工单"),
    ("尚机", "商机"),
    ("商级", "商机"),
    ("伤机", "商机"),
    ("商计", "商机"),
    ("提型", "提醒"),
    ("提行", "提醒"),
    ("提形", "提醒"),
    ("题醒", "提醒"),
    ("代办事项", "待办事项"),
    ("个代办", "个待办"),
    ("的代办", "的待办"),
    ("带办", "待办"),
    ("备住", "备注"),
    ("背注", "备注"),
    ("备著", "备注"),
    ("被注", "备注"),
    ("联系认", "联系人"),
    ("连系", "联系"),
    ("联戏", "联系"),
    ("线锁", "线索"),
    ("现索", "线索"),
    ("摸板", "模板"),
    ("模版", "模板"),
    ("魔板", "模板"),
    ("报介", "报价"),
    ("抱价", "报价"),
    ("爆价", "报价"),
    ("谈叛", "谈判"),
    ("谈盼", "谈判"),
    ("弹判", "谈判"),
    ("合拼", "合并"),
    ("关连", "关联"),
    ("撤消", "撤销"),
    ("彻销", "撤销"),
    ("分陪", "分配"),
    ("指排", "指派"),
    ("跟近", "跟进"),
    ("根进", "跟进"),
    ("推持", "推迟"),
    ("推尺", "推迟"),
    ("紧集", "紧急"),
    ("紧及", "紧急"),
    ("加级", "加急"),
    ("静因", "静音"),
    ("标前", "标签"),
    ("屏避", "屏蔽"),
    ("回付", "回复"),
    ("回覆", "回复"),
    ("导处", "导出"),
    ("业际", "业绩"),
    ("业迹", "业绩"),
    ("业积", "业绩"),
    ("日抱", "日报"),
    ("周抱", "周报"),
    ("电活", "电话"),
    ("邮相", "邮箱"),
    ("邮见", "邮件"),
    ("由件", "邮件"),
    ("优先及", "优先级"),
    ("优先集", "优先级"),
    ("暂仃", "暂停"),
    ("总节", "总结"),
    ("总洁", "总结"),
];

/// Makes the characters that are compared those that were meant; what was typed stays.
pub(super) fn mend(tokens: &mut [Token]) {
    for i in 0..tokens.len() {
        let starts = |wrong: &str| {
            let mut at = i;
            wrong.chars().all(|c| {
                let token = tokens.get(at);
                at += 1;
                token.is_some_and(|t| t.class == Class::Han && t.word.chars().eq([c]))
            })
        };
        if let Some((_, right)) = SLIPS.iter().find(|(wrong, _)| starts(wrong)) {
            for (token, c) in tokens[i..].iter_mut().zip(right.chars()) {
                token.word = c.to_string();
            }
        }
    }
}
