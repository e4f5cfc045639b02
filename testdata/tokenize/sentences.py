"""Sentences in 30 languages for the fixtures: each language has subjects, predicates and times that fit together in any combination, and the order they take."""
import itertools, random

LANGUAGES = {
    "en": ("{s} {p} {t}.", "The teacher|My neighbour|The old doctor|A young farmer|Our friend Maria",
           "reads a long letter|buys fresh bread|waits at the station|writes a short story|repairs the red bicycle", "every morning|on Monday|after the rain|at 7:30|in the spring of 2021"),
    "ru": ("{t} {s} {p}.", "учительница|мой сосед|старый врач|молодой фермер|наша подруга Мария",
           "читает длинное письмо|покупает свежий хлеб|ждёт на вокзале|пишет короткий рассказ|чинит красный велосипед", "Каждое утро|В понедельник|После дождя|В 7:30|Весной 2021 года"),
    "zh": ("{s}{t}{p}。", "老师|我的邻居|那位老医生|年轻的农民|我们的朋友玛丽亚", "读一封长信|买新鲜的面包|在车站等人|写一个短故事|修理红色的自行车", "每天早上|星期一|雨后|七点半|2021年春天"),
    "de": ("{t} {s} {p}.", "die Lehrerin|mein Nachbar|der alte Arzt|ein junger Bauer|unsere Freundin Maria",
           "einen langen Brief|frisches Brot|das Straßenfest|eine kurze Geschichte|das rote Fahrrad", "Jeden Morgen sieht|Am Montag kauft|Nach dem Regen sucht|Um 7:30 Uhr zeigt|Im Frühling 2021 malte"),
    "es": ("{s} {p} {t}.", "La profesora|Mi vecino|El viejo médico|Un joven agricultor|Nuestra amiga María",
           "lee una carta larga|compra pan fresco|espera en la estación|escribe un cuento corto|arregla la bicicleta roja", "cada mañana|el lunes|después de la lluvia|a las 7:30|en la primavera de 2021"),
    "fr": ("{t}, {s} {p}.", "la maîtresse|mon voisin|le vieux médecin|un jeune fermier|notre amie Maria",
           "lit une longue lettre|achète du pain frais|attend à la gare|écrit une courte histoire|répare le vélo rouge", "Chaque matin|Lundi|Après la pluie|À 7 h 30|Au printemps 2021"),
    "ja": ("{s}は{t}{p}。", "先生|私の隣人|年老いた医者|若い農家の人|友達のマリア", "長い手紙を読みます|新しいパンを買います|駅で待ちます|短い物語を書きます|赤い自転車を直します", "毎朝|月曜日に|雨のあとに|7時半に|2021年の春に"),
    "it": ("{s} {p} {t}.", "La maestra|Il mio vicino|Il vecchio medico|Un giovane contadino|La nostra amica Maria",
           "legge una lunga lettera|compra il pane fresco|aspetta alla stazione|scrive un breve racconto|ripara la bicicletta rossa", "ogni mattina|lunedì|dopo la pioggia|alle 7:30|nella primavera del 2021"),
    "pt": ("{s} {p} {t}.", "A professora|O meu vizinho|O velho médico|Um jovem agricultor|A nossa amiga Maria",
           "lê uma carta longa|compra pão fresco|espera na estação|escreve um conto curto|conserta a bicicleta vermelha", "todas as manhãs|na segunda-feira|depois da chuva|às 7h30|na primavera de 2021"),
    "el": ("{s} {p} {t}.", "Η δασκάλα|Ο γείτονάς μου|Ο γέρος γιατρός|Ένας νέος αγρότης|Η φίλη μας η Μαρία",
           "διαβάζει ένα μακρύ γράμμα|αγοράζει φρέσκο ψωμί|περιμένει στον σταθμό|γράφει μια σύντομη ιστορία|επισκευάζει το κόκκινο ποδήλατο", "κάθε πρωί|τη Δευτέρα|μετά τη βροχή|στις 7:30|την άνοιξη του 2021"),
    "ko": ("{s} {t} {p}.", "선생님은|내 이웃은|늙은 의사는|젊은 농부는|우리 친구 마리아는", "긴 편지를 읽습니다|신선한 빵을 삽니다|역에서 기다립니다|짧은 이야기를 씁니다|빨간 자전거를 고칩니다", "매일 아침|월요일에|비가 온 뒤에|7시 30분에|2021년 봄에"),
    "fi": ("{s} {p} {t}.", "Opettaja|Naapurini|Vanha lääkäri|Nuori maanviljelijä|Ystävämme Maria",
           "lukee pitkää kirjettä|ostaa tuoretta leipää|odottaa asemalla|kirjoittaa lyhyen tarinan|korjaa punaista polkupyörää", "joka aamu|maanantaina|sateen jälkeen|kello 7.30|keväällä 2021"),
    "id": ("{s} {p} {t}.", "Guru itu|Tetangga saya|Dokter tua itu|Seorang petani muda|Teman kami Maria",
           "membaca surat yang panjang|membeli roti segar|menunggu di stasiun|menulis cerita pendek|memperbaiki sepeda merah", "setiap pagi|pada hari Senin|setelah hujan|pukul 7.30|pada musim semi 2021"),
    "tr": ("{s} {t} {p}.", "Öğretmen|Komşum|Yaşlı doktor|Genç bir çiftçi|Arkadaşımız Maria",
           "uzun bir mektup okuyor|taze ekmek alıyor|istasyonda bekliyor|kısa bir hikâye yazıyor|kırmızı bisikleti onarıyor", "her sabah|pazartesi günü|yağmurdan sonra|saat 7.30'da|2021 baharında"),
    "ar": ("{p} {s} {t}.", "المعلم|جاري|الطبيب العجوز|فلاح شاب|صديقنا كريم", "يقرأ رسالة طويلة|يشتري خبزا طازجا|ينتظر في المحطة|يكتب قصة قصيرة|يصلح الدراجة الحمراء", "كل صباح|يوم الاثنين|بعد المطر|في الساعة ٧:٣٠|في ربيع ٢٠٢١"),
    "vi": ("{t}, {s} {p}.", "cô giáo|hàng xóm của tôi|vị bác sĩ già|một nông dân trẻ|bạn Maria của chúng tôi",
           "đọc một lá thư dài|mua bánh mì tươi|đợi ở nhà ga|viết một câu chuyện ngắn|sửa chiếc xe đạp màu đỏ", "Mỗi buổi sáng|Vào thứ Hai|Sau cơn mưa|Lúc 7 giờ 30|Vào mùa xuân năm 2021"),
    "th": ("{s}{p}{t}", "คุณครู|เพื่อนบ้านของฉัน|หมอชรา|ชาวนาหนุ่ม|มาเรียเพื่อนของเรา", "อ่านจดหมายฉบับยาว|ซื้อขนมปังสดใหม่|รออยู่ที่สถานี|เขียนเรื่องสั้น|ซ่อมจักรยานสีแดง", "ทุกเช้า|ในวันจันทร์|หลังฝนตก|ตอนเจ็ดโมงครึ่ง|ในปี 2564"),
    "bg": ("{s} {p} {t}.", "Учителката|Моят съсед|Старият лекар|Млад земеделец|Нашата приятелка Мария",
           "чете дълго писмо|купува пресен хляб|чака на гарата|пише кратък разказ|поправя червеното колело", "всяка сутрин|в понеделник|след дъжда|в 7:30|през пролетта на 2021 г"),
    "ca": ("{s} {p} {t}.", "La mestra|El meu veí|El vell metge|Un jove pagès|La nostra amiga Maria",
           "llegeix una carta llarga|compra pa fresc|s'espera a l'estació|escriu un conte curt|arregla la bicicleta vermella", "cada matí|dilluns|després de la pluja|a les 7.30|a la primavera del 2021"),
    "hi": ("{s} {t} {p}।", "अध्यापक|मेरा पड़ोसी|बूढ़ा डॉक्टर|एक युवा किसान|हमारा दोस्त मोहन", "लंबी चिट्ठी पढ़ता है|ताज़ी रोटी ख़रीदता है|स्टेशन पर इंतज़ार करता है|छोटी कहानी लिखता है|लाल साइकिल ठीक करता है", "हर सुबह|सोमवार को|बारिश के बाद|साढ़े सात बजे|२०२१ के वसंत में"),
    "et": ("{s} {p} {t}.", "Õpetaja|Minu naaber|Vana arst|Noor talunik|Meie sõber Maria",
           "loeb pikka kirja|ostab värsket leiba|ootab jaamas|kirjutab lühikest juttu|parandab punast jalgratast", "igal hommikul|esmaspäeval|pärast vihma|kell 7.30|2021. aasta kevadel"),
    "bn": ("{s} {t} {p}।", "শিক্ষক|আমার প্রতিবেশী|বৃদ্ধ ডাক্তার|একজন তরুণ কৃষক|আমাদের বন্ধু মারিয়া", "একটি লম্বা চিঠি পড়েন|তাজা রুটি কেনেন|স্টেশনে অপেক্ষা করেন|একটি ছোট গল্প লেখেন|লাল সাইকেল মেরামত করেন", "প্রতিদিন সকালে|সোমবার|বৃষ্টির পরে|সাড়ে সাতটায়|২০২১ সালের বসন্তে"),
    "ta": ("{s} {t} {p}.", "ஆசிரியர்|என் அண்டை வீட்டார்|வயதான மருத்துவர்|ஒரு இளம் விவசாயி|எங்கள் நண்பர் மரியா", "நீண்ட கடிதம் படிக்கிறார்|புதிய ரொட்டி வாங்குகிறார்|நிலையத்தில் காத்திருக்கிறார்|சிறுகதை எழுதுகிறார்|சிவப்பு மிதிவண்டியைச் சரிசெய்கிறார்", "தினமும் காலையில்|திங்கட்கிழமை|மழைக்குப் பிறகு|ஏழரை மணிக்கு|2021 வசந்த காலத்தில்"),
    "ur": ("{s} {t} {p}۔", "استاد|میرا پڑوسی|بوڑھا ڈاکٹر|ایک نوجوان کسان|ہمارا دوست کریم", "لمبا خط پڑھتا ہے|تازہ روٹی خریدتا ہے|اسٹیشن پر انتظار کرتا ہے|چھوٹی کہانی لکھتا ہے|سرخ سائیکل ٹھیک کرتا ہے", "ہر صبح|پیر کو|بارش کے بعد|ساڑھے سات بجے|۲۰۲۱ کی بہار میں"),
    "sw": ("{s} {p} {t}.", "Mwalimu|Jirani yangu|Daktari mzee|Mkulima kijana|Rafiki yetu Maria",
           "anasoma barua ndefu|ananunua mkate mpya|anasubiri kituoni|anaandika hadithi fupi|anatengeneza baiskeli nyekundu", "kila asubuhi|siku ya Jumatatu|baada ya mvua|saa 1:30|mwaka 2021"),
    "te": ("{s} {t} {p}.", "ఉపాధ్యాయుడు|మా పొరుగువాడు|ముసలి వైద్యుడు|ఒక యువ రైతు|మా స్నేహితుడు రవి", "పొడవైన ఉత్తరం చదువుతాడు|తాజా రొట్టె కొంటాడు|స్టేషన్‌లో వేచి ఉంటాడు|చిన్న కథ రాస్తాడు|ఎర్ర సైకిల్‌ను బాగుచేస్తాడు", "ప్రతి ఉదయం|సోమవారం|వర్షం తర్వాత|ఏడున్నరకు|2021 వసంతంలో"),
    "eu": ("{s} {t} {p}.", "Irakasleak|Nire auzokoak|Mediku zaharrak|Nekazari gazte batek|Gure lagun Mariak",
           "gutun luze bat irakurtzen du|ogi freskoa erosten du|laguna geltokian ikusten du|ipuin labur bat idazten du|bizikleta gorria konpontzen du", "goizero|astelehenean|euriaren ondoren|7:30ean|2021eko udaberrian"),
    "my": ("{s} {t} {p}။", "ဆရာမသည်|ကျွန်တော့်အိမ်နီးချင်းသည်|ဆရာဝန်အိုကြီးသည်|လယ်သမားလူငယ်သည်|ကျွန်တော်တို့၏သူငယ်ချင်းသည်", "စာရှည်တစ်စောင်ဖတ်သည်|ပေါင်မုန့်ဝယ်သည်|ဘူတာတွင်စောင့်သည်|ဝတ္ထုတိုရေးသည်|စက်ဘီးအနီကိုပြင်သည်", "နံနက်တိုင်း|တနင်္လာနေ့တွင်|မိုးရွာပြီးနောက်|၇ နာရီခွဲတွင်|၂၀၂၁ ခုနှစ်တွင်"),
    "ht": ("{s} {p} {t}.", "Pwofesè a|Vwazen mwen an|Vye doktè a|Yon jèn kiltivatè|Zanmi nou Maria",
           "li yon lèt ki long|achte pen fre|ap tann nan estasyon an|ekri yon ti istwa|repare bisiklèt wouj la", "chak maten|lendi|apre lapli a|a 7:30|nan prentan 2021"),
    "qu": ("{s} {t} {p}.", "Yachachiq|Wasi masiy|Machu hampiq|Wayna chakra runa|Mariya masinchik",
           "hatun qillqata ñawinchan|musuq tantata rantin|wasi punkupi suyan|huk willakuyta qillqan|puka bisikletata allichan", "sapa paqarin|lunes p'unchaw|para qhipata|7:30 pacha|2021 watapi"),
}

# Strings that tokenizers get wrong: white space, controls, invisible and combining characters, compatibility forms, literal specials.
NASTY = [
    "", " ", "   ", "\t", "\u3000", "\u200b", "\u200b\u200b", "\u00ad", "\ufeff", "\u2060", "a\u0000b", "\u0000", "a\u001fb", "a\u0085b", "\u2028x\u2029", "  two  spaces  ", "trail ", "trail   ", " lead", "\u00a0nb\u00a0",
    "▁", "▁▁", "a▁", "▁a", "a ▁ b", "a▁▁b", " ▁", "▁ ", "</s>", "a</s>b", "a </s> b", "<s><pad></s><unk>", "<madeupword3>", "x<madeupword6>y", "＜/s＞", "＜ｓ＞", "</ s>", "<unk> and <unk>x",
    "e\u0302\u0301", "\u1ebf", "\u1eb9\u0301 o\u0323\u0300 s\u0323", "a\u0300\u0301\u0302\u0303\u0304", "\u0301", "\u0301a", " \u0301", "\u2122\u0301", "\uff21\u0301", "\u212b", "\ufb01n", "\ufdfa", "㎏ ㎢ ㍿", "①②③ ½ ¾", "ＡＢＣ１２３", "ｶﾞｷﾞ ﾊﾟ", "Ⅷ ⅻ", "ſ ß ẞ", "İstanbul ıI",
    "\u1112\u1161\u11ab\u1100\u1173\u11af", "각가", "\uac00\u11a8", "\u0915\u093c \u0958", "\u0915\u094d\u0937", "\u0915\u094d\u095c\u0301", "\u0e33 \u0e4d\u0e32", "ก็ น้ำ", "\u0600\u0661", "\u06dd\uff21\u0301", "لا ﻻ ﷲ", "شَدَّة", "\u05e9\u05c1\u05dc\u05d5\u05dd", "\ufb4b",
    "👩‍👩‍👧‍👦 🇩🇪🇫🇷 👍🏽 ❤️", "©\u200d©\u0301", "™\u001eg", "\u001e™\u001e", "x½\u007fa ﬁ\u0001\u0002b", "\u0001ab", "€uro☃☃ ☃", "\u0600\uff21\u0301", "\u200b▁▁a", "🙂\u200d™\u0301", "\U0001d573\U0001d58e", "𐍈𐌰", "𠀀𠀁", "\ud7ff\ue000", "\ufffd", "\U0010ffff", "\u0378", "\ue000", "\ufdd0",
    "\r\n", "line\r\nline", "tab\tsep", "a\u200db", "a\u200cb", "…", "....", "«—»", "--- ---", "''\"\"``", "(((())))", "1234567890" * 8, "x" * 600, "字" * 300, "ab " * 200, "\u0301" * 40, "🙂" * 30, "\u3042\u3099", "\u304b\u3099", "\u2460\u0301", "\u00c5\u030a",
    "http://example.org/a?b=c&d=%20#e", "user@example.org", "C++ && D--", "a\\b\"c", "{}[]<>", "3.14e-10 £5 €7 $9 ¥11", "H₂O x² y³", "naïve café Ångström", "\u1e9b\u0323", "\u03d3 \u03d4", "\u0149",
]

# Word lists that lose words, split them or hold spaces.
LISTS = [
    [], [""], ["a"], ["a", "", "b"], ["\u200b", "word", "\u200b"], ["\u00ad"], ["New York", "is", "big"], [" lead", "trail ", "  "], ["</s>", "<s>"], ["e\u0302\u0301", "\u0301"], ["▁", "x"], ["don", "'", "t"], ["日本", "語"], ["a\u0000b"], ["\ufeff", "BOM"],
]


def sentences(per_language):
    """(language, sentence) pairs: a fixed sample of each language's combinations."""
    draw = random.Random(2021)
    for name, (order, subjects, predicates, times) in LANGUAGES.items():
        all_of = list(itertools.product(*(x.split("|") for x in (subjects, predicates, times))))
        for s, p, t in draw.sample(all_of, per_language):
            text = order.format(s=s, p=p, t=t)
            yield name, text[0].upper() + text[1:]
