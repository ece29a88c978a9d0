//! Folding of characters, so that one word written in two ways is one word.
//!
//! Works on single characters and never looks around: a position in the folded text is a position
//! in the text as written, which is what lets the engine name the words that spoke for a label.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Traditional characters that customers use often, each followed by its simplified form,
/// then the Cantonese particles with their Mandarin counterparts. Where two traditional characters share one simplified form, the loss does not matter here.
const SIMPLIFIED: &str = "\
    請请們们個个這这來来時时說说訂订單单貨货費费錢钱發发開开關关購购買买賣卖價价報报問问題题還还沒没\
    嗎吗麼么樣样點点幾几為为會会對对過过後后見见話话電电腦脑機机號号碼码網网頁页頭头聯联絡络繫系確确\
    認认處处務务員员經经營营業业產产質质總总統统計计劃划設设備备檔档檢检測测試试驗验證证書书資资訊讯\
    帳账戶户記记錄录寫写讀读聽听從从給给讓让謝谢謹谨貴贵進进運运輸输達达遲迟連连線线斷断壞坏損损壓压\
    換换轉转動动態态應应該该實实際际現现場场門门間间裡里裏里邊边兩两種种類类體体覺觉師师學学習习約约\
    議议論论講讲課课語语詞词譯译簡简郵邮傳传遞递簽签續续終终結结數数據据庫库無无與与於于並并將将當当\
    嚴严緊紧緩缓複复雜杂難难極极優优戰战勝胜勞劳顧顾滿满歡欢愛爱誤误錯错補补償偿賠赔罰罚騙骗詐诈盜盗\
    護护衛卫權权隱隐刪删銷销註注冊册銀银鐘钟鐵铁車车輛辆飛飞飯饭館馆廳厅廚厨藥药醫医療疗診诊術术孫孙\
    媽妈爺爷婦妇嬰婴兒儿歲岁國国灣湾華华東东興兴樓楼層层區区縣县鎮镇鄉乡級级組组織织紅红綠绿藍蓝顏颜\
    銹锈長长寬宽闊阔輕轻較较強强彈弹變变獲获獎奖勵励鬧闹熱热涼凉氣气燈灯牆墙懷怀憑凭遺遗擔担擾扰擊击\
    擇择擴扩擺摆擬拟攜携攝摄敗败敵敌斂敛斃毙樂乐標标樁桩樹树橋桥檯台櫃柜歷历殘残毀毁決决況况淨净減减\
    渦涡湯汤準准滯滞滅灭漲涨漸渐潔洁潤润濕湿濟济灑洒災灾烏乌煙烟煩烦燒烧爭争爾尔牽牵狀状獨独獻献環环\
    畢毕畫画異异瘋疯癥症盡尽監监盤盘眾众睏困瞭了矯矫礎础禮礼禍祸離离稅税穩稳積积稱称窮穷競竞筆笔節节\
    範范築筑籌筹粵粤糧粮糾纠紀纪細细紹绍維维綁绑綜综緒绪練练縮缩繳缴繼继罵骂聞闻聲声職职肅肃脫脱腳脚\
    臉脸臨临舉举舊旧艙舱艱艰莊庄菸烟萬万葉叶蓋盖虧亏蟲虫裝装製制襯衬觀观觸触訓训託托訴诉詢询詳详誠诚\
    誰谁調调諒谅諾诺諮咨謊谎識识譽誉豐丰負负貪贪貫贯責责貼贴賀贺賃赁賓宾賞赏賬账賴赖贈赠贊赞趕赶趙赵\
    跡迹蹤踪軟软軸轴載载輔辅輪轮辦办辭辞農农迴回遊游違违適适選选邏逻鄰邻醜丑釋释針针釘钉鈕钮鉛铅銅铜\
    鋁铝鋪铺錶表鍋锅鍵键鎖锁鏡镜鏈链鑰钥閃闪閉闭閱阅隊队陽阳階阶隨随險险雖虽雙双雞鸡雲云靈灵靜静響响\
    頂顶項项順顺預预領领頻频顆颗願愿顯显風风飲饮飾饰養养馬马駐驻駕驾騰腾驚惊髒脏鬆松魚鱼鮮鲜麗丽麥麦\
    麵面黃黄齊齐齡龄龍龙龜龟億亿倉仓側侧偵侦傷伤傾倾僅仅儀仪儘尽儲储兇凶內内凍冻則则剛刚創创劑剂勁劲\
    勢势勸劝匯汇協协卻却厭厌參参嘗尝嘆叹噴喷囉啰園园圓圆圖图團团執执堅坚塊块塗涂墊垫奪夺奧奥妝妆娛娱\
    寧宁審审專专尋寻導导屆届屬属崗岗幣币帶带幫帮幹干廠厂廢废廣广張张彙汇徑径徹彻恥耻悶闷惡恶惱恼慘惨\
    慚惭慣惯慮虑慶庆憂忧懇恳懶懒戲戏掃扫掛挂採采揀拣揮挥搶抢擋挡撥拨昇升暫暂曉晓曬晒條条桿杆棄弃棟栋\
    榮荣構构槍枪樞枢欄栏歐欧氈毡沖冲洩泄濾滤滲渗瀏浏爐炉猶犹瑣琐甕瓮嘅的喺在咗了唔不冇没啲些嚟来佢他\
    哋们係是";

/// Folds characters one by one; holds the table of simplified forms.
#[derive(Debug)]
pub struct Folding {
    /// (traditional, simplified), sorted by the first.
    simplified: Vec<(char, char)>,
}

impl Folding {
    /// Builds the table.
    pub fn new() -> Self {
        let chars: Vec<char> = SIMPLIFIED.chars().collect();
        let mut simplified: Vec<(char, char)> =
            chars.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        simplified.sort_unstable();
        simplified.dedup_by_key(|pair| pair.0);
        Self { simplified }
    }

    /// Returns the folded form: lower case, half width, no accent, simplified, every digit 0.
    pub fn fold(&self, c: char) -> char {
        match c {
            'A'..='Z' => c.to_ascii_lowercase(),
            '0'..='9' => '0',
            _ if c.is_ascii() => c,
            '\u{2018}' | '\u{2019}' | '\u{02bc}' | '\u{ff07}' => '\'',
            // Full-width forms of ASCII lie at a fixed distance.
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).map_or(c, |ascii| self.fold(ascii)),
            _ if is_han(c) => match self.simplified.binary_search_by_key(&c, |pair| pair.0) {
                Ok(at) => self.simplified[at].1,
                Err(_) => c,
            },
            _ if c.is_alphabetic() => {
                let base = std::iter::once(c).nfkd().find(|part| !is_combining_mark(*part)).unwrap_or(c);
                base.to_lowercase().next().unwrap_or(base)
            }
            _ if c.is_numeric() => '0',
            _ => c,
        }
    }
}

/// Tells whether a character is written without spaces between words: Han, kana, hangul.
pub const fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{2fa1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_written_in_two_ways_is_one_word() {
        let folding = Folding::new();
        let fold = |text: &str| text.chars().map(|c| folding.fold(c)).collect::<String>();
        for (written, folded) in [
            ("Café", "cafe"),
            ("ＲＥＦＵＮＤ１２", "refund00"),
            ("訂單退貨", "订单退货"),
            ("can’t", "can't"),
            ("Ø٣", "ø0"),
        ] {
            assert_eq!(fold(written), folded, "{written}");
        }
    }

    #[test]
    fn the_table_leads_from_traditional_characters_only() {
        assert_eq!(SIMPLIFIED.chars().count() % 2, 0, "a pair lost its half");
        let folding = Folding::new();
        // A slip by one character would fold simplified forms into other characters.
        for (_, simplified) in &folding.simplified {
            assert_eq!(folding.fold(*simplified), *simplified);
        }
    }
}
