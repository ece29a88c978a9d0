//! Simplified characters for traditional ones, as far as commands are written with them.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Pairs of a traditional character and the simplified one for it.
const PAIRS: &str = "\
    幫帮給给麼么為为甚什誰谁說说話话電电郵邮聯联繫系係系寫写記记錄录備备註注錯错務务辦办單单關关閉闭開开\
    貼贴標标籤签簽签輸输贏赢談谈階阶報报價价階阶項项業业績绩總总統统計计這这個个們们來来對对會会議议約约\
    見见訪访問问題题應应該该還还過过時时間间點点鐘钟週周後后號号禮礼請请謝谢麻麻煩烦讓让負负責责轉转移移\
    動动進进推推導导匯汇檔档據据資资料料刪删除除復复複复覆复撤撤銷销歷历紀纪變变更更換换幾几萬万億亿錢钱\
    塊块圓圆幣币歐欧鎊镑灣湾緊紧優优級级處处理理解解決决結结束束啟启運运暫暂緩缓範范圍围區区語语簡简繁繁\
    體体華华國国陳陈張张劉刘楊杨趙赵黃黄吳吴孫孙馬马羅罗鄭郑謝谢許许馮冯鄧邓蕭萧葉叶閻阎鐘钟龍龙賀贺顧顾\
    錢钱湯汤盧卢蘇苏魯鲁韋韦賈贾鄒邹陸陆蔣蒋貝贝諾诺爾尔維维絡络網网貨货發发廠厂團团隊队銷销額额賬账帳帐\
    單单產产品品訂订購购買买賣卖賠赔償偿壞坏廢废漏漏異异響响聲声熱热機机器器閥阀門门無无沒没裡里裏里將将\
    與与兩两雙双從从當当經经現现實实際际擴扩縮缩減减增增長长種种類类屬属頭头條条極极樣样點点樂乐顯显編编\
    輯辑審审評评選选擇择確确認认證证試试設设置置備备準准時时區区靜静擾扰嗎吗麽么吧吧喔哦囉啰啦啦學学習习\
    線线索索錢钱聽听誇夸讀读課课調调請请論论諮咨詢询訊讯號号碼码職职稱称勞劳歲岁歸归歡欢迎迎憶忆戶户蓋盖\
    盡尽監监盤盘碎碎禁禁積积穩稳競竞筆笔筍笋節节築筑紅红純纯細细終终組组絕绝綠绿緒绪練练縣县績绩繼继續续\
    罰罚職职聖圣腦脑膠胶臨临舉举舊旧藍蓝藝艺蘭兰術术補补裝装製制規规視视覺觉觀观觸触訴诉診诊詞词詳详誤误\
    調调談谈諒谅謊谎講讲識识警警譯译護护譽誉豐丰財财貴贵費费貿贸賓宾賴赖質质贈赠車车軟软較较載载輕轻輛辆\
    輪轮農农遲迟遠远遞递適适遺遗郵邮鄉乡醫医釋释針针鈕钮鋼钢錶表鍵键鎖锁鏈链鐵铁閱阅闆板陰阴陽阳隨随險险\
    難难雜杂離离雲云霧雾靈灵靠靠順顺預预頁页頂顶須须領领頻频願愿類类風风飛飞飯饭飲饮餐餐館馆驗验驚惊體体\
    髒脏鬆松鬧闹魚鱼鮮鲜鳥鸟麗丽麥麦齊齐龐庞傳传傷伤價价儀仪儘尽優优內内冊册劃划勁劲動动勝胜勢势協协參参\
    員员啞哑喪丧喬乔嘗尝嚴严園园圖图執执場场塗涂墊垫夢梦夾夹奪夺婦妇寬宽寶宝專专尋寻層层島岛帶带師师幹干\
    廣广廳厅張张強强彈弹彙汇徑径從从徵征恆恒悅悦態态慣惯慮虑慶庆憂忧懷怀戰战戲戏拋抛掃扫掛挂採采揮挥損损\
    搖摇擔担擊击擁拥據据擬拟擺摆攜携敗败數数斷断於于曉晓曆历東东棄弃樓楼構构槍枪模模檢检櫃柜權权歐欧歲岁\
    殺杀氣气決决況况洩泄測测溫温滾滚滿满濟济濾滤災灾煙烟熟熟營营牽牵狀状獎奖獨独獲获環环瑪玛畢毕畫画";

static SIMPLE: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let letters: Vec<char> = PAIRS.chars().filter(|c| !c.is_whitespace()).collect();
    letters.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
});

/// Returns the simplified form of a character; any other character as it is.
pub(super) fn simple(c: char) -> char {
    if c < '\u{4e00}' { c } else { SIMPLE.get(&c).copied().unwrap_or(c) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pairs_are_pairs() {
        let letters = PAIRS.chars().filter(|c| !c.is_whitespace()).count();
        assert_eq!(letters % 2, 0);
        let text: String = "把諾瓦克移到談判階段，為什麼開單".chars().map(simple).collect();
        assert_eq!(text, "把诺瓦克移到谈判阶段，为什么开单");
        for simple_one in "的一是不了人我在有他这个们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间斯知世什两次使身者被高已亲其进此话常与活正感".chars() {
            assert_eq!(simple(simple_one), simple_one, "{simple_one}");
        }
    }
}
