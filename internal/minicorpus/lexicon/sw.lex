# Noun classes stand where other languages have gender and number (1/2: class 1, plural class 2); all that lives agrees as 1/2,
# a company as 9. The verb carries subject, tense and negation.
rule np.def - noun adj
rule np.indef - noun adj
rule np.this - noun this adj
rule np.every - every noun adj
rule np.num - noun:p num:p
rule np.person 1/2 first last
rule np.org 9/10 company brand type
rule np.at - at brand type
rule clause.present - S V O F P A
rule clause.neg - S V O F P A
rule clause.future - S V O F P A
rule clause.copula - S be C very
rule clause.notcopula - S not C
word this - 1=huyu/DET 2=hawa/DET 3=huu/DET 4=hii/DET 5=hili/DET 6=haya/DET 7=hiki/DET 8=hivi/DET 9=hii/DET 10=hizi/DET
word every - kila/DET
word company - kampuni/NOUN_ya/ADP
word be - ni/AUX
word not - si/AUX
word very - sana/ADV
word and - na/CCONJ
word but - ,/PUNCT_lakini/CCONJ
word because - kwa/ADP_sababu/NOUN
word that - kwamba/SCONJ
word stop - ./PUNCT
word at - katika/ADP_kampuni/NOUN_ya/ADP
num two - 4=miwili 6=mawili 8=viwili 10=mbili
num three - 4=mitatu 6=matatu 8=vitatu 10=tatu
num four - 4=minne 6=manne 8=vinne 10=nne
pron he 1/2 yeye
pron she 1/2 yeye
pron they 1/2 wao
noun man 1/2 mwanamume p=wanaume
noun woman 1/2 mwanamke p=wanawake
noun boy 1/2 mvulana p=wavulana
noun girl 1/2 msichana p=wasichana
noun child 1/2 mtoto p=watoto
noun teacher 1/2 mwalimu p=walimu
noun doctor 1/2 daktari p=madaktari
noun student 1/2 mwanafunzi p=wanafunzi
noun neighbour 1/2 jirani p=majirani
noun friend 1/2 rafiki p=marafiki
noun farmer 1/2 mkulima p=wakulima
noun writer 1/2 mwandishi p=waandishi
noun worker 1/2 mfanyakazi p=wafanyakazi
noun dog 1/2 mbwa
noun cat 1/2 paka
noun horse 1/2 farasi
noun bird 1/2 ndege
noun cow 1/2 ng'ombe
noun book 7/8 kitabu p=vitabu
noun letter 9/10 barua
noun newspaper 5/6 gazeti p=magazeti
noun song 3/10 wimbo p=nyimbo
noun film 9/10 filamu
noun apple 5/6 tofaa p=matofaa
noun cake 9/10 keki
noun car 5/6 gari p=magari
noun house 9/10 nyumba
noun bicycle 9/10 baiskeli
noun table 9/10 meza
noun chair 7/8 kiti p=viti
noun picture 9/10 picha
noun flower 5/6 ua p=maua
noun door 3/4 mlango p=milango
noun window 5/6 dirisha p=madirisha
noun box 5/6 sanduku p=masanduku
noun shop 5/6 duka p=maduka
noun key 3/10 ufunguo p=funguo
noun hat 9/10 kofia
noun bread 3/4 mkate
noun soup 9/10 supu
noun tea 9/10 chai
noun milk 6/6 maziwa
noun coffee 9/10 kahawa
# adjectives by their stem: before a consonant, before e
paradigm c - 1=m~ 2=wa~ 3=m~ 4=mi~ 5=~ 6=ma~ 7=ki~ 8=vi~
paradigm e - 1=mwe~ 2=we~ 3=mwe~ 4=mye~ 5=je~ 6=me~ 7=che~ 8=vye~ 9=nye~ 10=nye~
adj big - @c:kubwa 9=kubwa 10=kubwa
adj small - @c:dogo 9=ndogo 10=ndogo
adj old - @c:kuukuu 9=kuukuu 10=kuukuu
adj new - @c:pya 5=jipya 9=mpya 10=mpya
adj heavy - @c:zito 9=nzito 10=nzito
adj light - @e:pesi
adj clean - safi
adj dirty - @c:chafu 9=chafu 10=chafu
adj hot - moto
adj cold - baridi
adj red - @e:kundu
adj white - @e:upe
adj black - @e:usi
adj beautiful - @c:zuri 9=nzuri 10=nzuri
adj young - 1=kijana 2=vijana
adj aged - 1=mzee 2=wazee
adj happy - 1=mchangamfu 2=wachangamfu
adj clever - 1=mwerevu 2=werevu
paradigm a - 1=ana~a 2=wana~a 9=ina~a neg.1=ha~i neg.2=hawa~i neg.9=hai~i fut.1=ata~a fut.2=wata~a fut.9=ita~a
verb read - @a:som
verb write - @a:andik
verb eat - 1=anakula 2=wanakula neg.1=hali neg.2=hawali fut.1=atakula fut.2=watakula
verb drink - 1=anakunywa 2=wanakunywa neg.1=hanywi neg.2=hawanywi fut.1=atakunywa fut.2=watakunywa
verb buy - @a:nunu
verb sell - @a:uz
verb see - @a:on
verb find - @a:pat
verb open - @a:fungu
verb close - @a:fung
verb wash - @a:osh
verb bring - @a:let
verb build - @a:jeng
verb sleep - @a:lal
verb work - 1=anafanya_kazi/NOUN 2=wanafanya_kazi/NOUN neg.1=hafanyi_kazi/NOUN neg.2=hawafanyi_kazi/NOUN fut.1=atafanya_kazi/NOUN fut.2=watafanya_kazi/NOUN
verb wait - @a:ngoj
verb play - @a:chez
verb sing - @a:imb
verb laugh - @a:chek
verb run - @a:kimbi
verb live - 1=anaishi 2=wanaishi neg.1=haishi neg.2=hawaishi fut.1=ataishi fut.2=wataishi
verb come - @a:tok
verb say - @a:sem
adv today - leo
adv now - sasa
adv tomorrow - kesho
adv here - hapa
adv there - pale
adv slowly - polepole
adv again - tena
place garden - katika/ADP_bustani
place school - shuleni
place kitchen - jikoni
place market - sokoni
place field - shambani
place village - kijijini
place library - katika/ADP_maktaba
place hospital - hospitalini
place station - kituoni
place office - katika/ADP_ofisi
place hotel - katika/ADP_hoteli
place forest - msituni
for child - kwa/ADP_mtoto
for mother - kwa/ADP_mama
for family - kwa/ADP_familia
for guests - kwa/ADP_wageni
paradigm city - in=jijini/NOUN_~ from=~
city berlin - @city:Berlin
city london - @city:London
city paris - @city:Paris
city rome - @city:Roma
city madrid - @city:Madrid
city athens - @city:Athens
city moscow - @city:Moscow
city delhi - @city:Delhi
city istanbul - @city:Istanbul
city nairobi - @city:Nairobi
city lisbon - @city:Lisbon
city vienna - @city:Vienna
city warsaw - @city:Warsaw
city prague - @city:Prague
city lima - @city:Lima
city tokyo - @city:Tokyo
city oslo - @city:Oslo
city dublin - @city:Dublin
city geneva - @city:Geneva
city hamburg - @city:Hamburg
city newyork - @city:New_York
city losangeles - @city:Los_Angeles
