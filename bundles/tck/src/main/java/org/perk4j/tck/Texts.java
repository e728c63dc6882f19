package org.perk4j.tck;

import java.util.List;
import java.util.SplittableRandom;

/** Texts as users have them, and as nobody would write them. */
final class Texts {

    /**
     * In many scripts, with what is easily lost: spaces at the ends, kinds of line ends, marks that combine, joined emoji.
     */
    static final List<String> ALL = List.of(
            "x", " ", "\n", "\t\t \n", "  two spaces  before, between  and behind  ", "a\nb\r\nc\rd\n\n\ne",
            "Ann's cat isn't 3,141.59 years old; it'll be 12345678901234567890!", "don't DON'T WE'LL",
            "for (int i = 0; i < n; i++) {\n\treturn a[i] != b ? \"no\" : \"yes\"; // x\\n\n}",
            "snake_case camelCase --flag=1",
            "Größe, naïve, Żółć, İstanbul, Ærø, ﬁne", "Ο Σωκράτης είπε: «ἓν οἶδα»", "Съешь ещё этих мягких булок",
            "שָׁלוֹם עולם", "مرحبًا بالعالم، ١٢٣", "\u200fRTL\u200e mixed \u202bx\u202c", "नमस्ते दुनिया क्षत्रिय",
            "வணக்கம் உலகம்", "สวัสดีชาวโลก", "東京は晴れ、気温は２５度です。", "かが と か\u3099", "안녕하세요 \u1112\u1161\u11ab", "你好，世界！𠮷野家",
            "cafe\u0301 \u0041\u030a Z\u0351\u036b\u0343\u036a", "🙂 👩\u200d👩\u200d👧\u200d👦 🇩🇪 👍🏽", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝄞",
            "∀x∈ℝ: ⌈x⌉ = −⌊−x⌋", "\u0000 control \u0007 \u001b[31m", "\ufeffwith a mark",
            "no\u00a0break \u2003 em \u3000 wide \u200b none",
            "<b>&amp;</b> [MASK] {{x}} ▁x", "x".repeat(3000), "ab ".repeat(1000), "\n".repeat(400));

    private Texts() {
    }

    /** @return up to 400 characters of any kind, most of them of the Latin script, no halves of one */
    static String random(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder text = new StringBuilder();
        for (int i = 1 + random.nextInt(400); i > 0; i--) {
            int c = random.nextInt(random.nextInt(3) == 0 ? 0x110000 : 0x180);
            text.appendCodePoint(Character.getType(c) == Character.SURROGATE ? ' ' : c);
        }
        return text.toString();
    }
}
