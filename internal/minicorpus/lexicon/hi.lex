# Verb last, postpositions, no articles. Verb and adjective agree with gender and number; objects are things, so without को.
rule np.def - adj noun
rule np.indef - a adj noun
rule np.this - this adj noun
rule np.every - every adj noun
rule np.num - num noun:p
rule np.person - first last
rule np.org f brand type
rule np.at - brand type at
rule clause.present - S A P F O V
rule clause.neg - S A P F O V
rule clause.future - S A P F O V
rule clause.copula - S very C be
rule clause.notcopula - S C not be
word a - एक/DET
word this - यह/DET
word every - हर/DET
word not - नहीं/PART
word be - s=है/AUX p=हैं/AUX
word very - बहुत/ADV
word and - और/CCONJ
word but - लेकिन/CCONJ
word because - क्योंकि/SCONJ
word that - कि/SCONJ
word stop - ।/PUNCT
word at - कंपनी/NOUN_में/ADP
num two - दो
num three - तीन
num four - चार
pron he m वह
pron she f वह
pron they m वे
noun man m आदमी
noun woman f औरत p=औरतें
noun boy m लड़का p=लड़के
noun girl f लड़की p=लड़कियाँ
noun child m बच्चा p=बच्चे
noun teacher m शिक्षक
noun doctor m डॉक्टर
noun student m छात्र
noun neighbour m पड़ोसी
noun friend m दोस्त
noun farmer m किसान
noun writer m लेखक
noun worker m मज़दूर
noun dog m कुत्ता p=कुत्ते
noun cat f बिल्ली p=बिल्लियाँ
noun horse m घोड़ा p=घोड़े
noun bird m पक्षी
noun cow f गाय p=गायें
noun book f किताब p=किताबें
noun letter f चिट्ठी p=चिट्ठियाँ
noun newspaper m अख़बार
noun song m गाना p=गाने
noun film f फ़िल्म p=फ़िल्में
noun apple m सेब
noun cake m केक
noun car f कार p=कारें
noun house m घर
noun bicycle f साइकिल p=साइकिलें
noun table f मेज़ p=मेज़ें
noun chair f कुर्सी p=कुर्सियाँ
noun picture f तस्वीर p=तस्वीरें
noun flower m फूल
noun door m दरवाज़ा p=दरवाज़े
noun window f खिड़की p=खिड़कियाँ
noun box m डिब्बा p=डिब्बे
noun shop f दुकान p=दुकानें
noun key f चाबी p=चाबियाँ
noun hat f टोपी p=टोपियाँ
noun bread f रोटी
noun soup m सूप
noun tea f चाय
noun milk m दूध
noun coffee f कॉफ़ी
paradigm a - m=~ा f=~ी mp=~े fp=~ी
adj big - @a:बड़
adj small - @a:छोट
adj old - @a:पुरान
adj new - m=नया f=नई mp=नए fp=नई
adj heavy - भारी
adj light - @a:हल्क
adj clean - साफ़
adj dirty - @a:गंद
adj hot - गरम
adj cold - @a:ठंड
adj red - लाल
adj white - सफ़ेद
adj black - @a:काल
adj beautiful - सुंदर
adj young - जवान
adj aged - @a:बूढ़
adj happy - ख़ुश
adj clever - होशियार
# stems in a consonant, stems in a vowel, and a noun or adjective with करना
paradigm cons - m=~ता_है/AUX f=~ती_है/AUX mp=~ते_हैं/AUX fp=~ती_हैं/AUX neg.m=नहीं/PART_~ता_है/AUX neg.f=नहीं/PART_~ती_है/AUX neg.mp=नहीं/PART_~ते_हैं/AUX neg.fp=नहीं/PART_~ती_हैं/AUX fut.m=~ेगा fut.f=~ेगी fut.mp=~ेंगे fut.fp=~ेंगी
paradigm vowel - m=~ता_है/AUX f=~ती_है/AUX mp=~ते_हैं/AUX fp=~ती_हैं/AUX neg.m=नहीं/PART_~ता_है/AUX neg.f=नहीं/PART_~ती_है/AUX neg.mp=नहीं/PART_~ते_हैं/AUX neg.fp=नहीं/PART_~ती_हैं/AUX fut.m=~एगा fut.f=~एगी fut.mp=~एँगे fut.fp=~एँगी
paradigm kar - m=~_करता_है/AUX f=~_करती_है/AUX mp=~_करते_हैं/AUX fp=~_करती_हैं/AUX neg.m=~_नहीं/PART_करता_है/AUX neg.f=~_नहीं/PART_करती_है/AUX neg.mp=~_नहीं/PART_करते_हैं/AUX neg.fp=~_नहीं/PART_करती_हैं/AUX fut.m=~_करेगा fut.f=~_करेगी fut.mp=~_करेंगे fut.fp=~_करेंगी
verb read - @cons:पढ़
verb write - @cons:लिख
verb eat - @vowel:खा
verb drink - @vowel:पी fut.m=पिएगा fut.f=पिएगी fut.mp=पिएँगे fut.fp=पिएँगी
verb buy - @cons:ख़रीद
verb sell - @cons:बेच
verb see - @cons:देख
verb find - @vowel:पा
verb open - @cons:खोल
verb close - @kar:बंद/ADJ
verb wash - @vowel:धो
verb bring - @vowel:ला
verb build - @vowel:बना
verb sleep - @vowel:सो
verb work - @kar:काम/NOUN
verb wait - @kar:इंतज़ार/NOUN
verb play - @cons:खेल
verb sing - @vowel:गा
verb laugh - @cons:हँस
verb run - @cons:दौड़
verb live - @cons:रह
verb come - @vowel:आ
verb say - @cons:कह
adv today - आज
adv now - अब
adv tomorrow - कल
adv here - यहाँ
adv there - वहाँ
adv slowly - धीरे-धीरे
adv again - फिर
place garden - बगीचे_में/ADP
place school - स्कूल_में/ADP
place kitchen - रसोई_में/ADP
place market - बाज़ार_में/ADP
place field - खेत_में/ADP
place village - गाँव_में/ADP
place library - पुस्तकालय_में/ADP
place hospital - अस्पताल_में/ADP
place station - स्टेशन_पर/ADP
place office - दफ़्तर_में/ADP
place hotel - होटल_में/ADP
place forest - जंगल_में/ADP
for child - बच्चे_के/ADP_लिए/ADP
for mother - माँ_के/ADP_लिए/ADP
for family - परिवार_के/ADP_लिए/ADP
for guests - मेहमानों_के/ADP_लिए/ADP
paradigm city - in=~_में/ADP from=~_से/ADP
city berlin - @city:बर्लिन
city london - @city:लंदन
city paris - @city:पेरिस
city rome - @city:रोम
city madrid - @city:मैड्रिड
city athens - @city:एथेंस
city moscow - @city:मॉस्को
city delhi - @city:दिल्ली
city istanbul - @city:इस्तांबुल
city nairobi - @city:नैरोबी
city lisbon - @city:लिस्बन
city vienna - @city:वियना
city warsaw - @city:वारसॉ
city prague - @city:प्राग
city lima - @city:लीमा
city tokyo - @city:टोक्यो
city oslo - @city:ओस्लो
city dublin - @city:डबलिन
city geneva - @city:जिनेवा
city hamburg - @city:हैम्बर्ग
city newyork - @city:न्यूयॉर्क
city losangeles - @city:लॉस_एंजेलिस
