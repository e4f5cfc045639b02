# Verb last, cases as endings: a definite object takes the accusative, one with "bir" or a number does not; no copula word.
rule np.def - adj noun
rule np.indef - adj a noun:bare
rule np.this - this adj noun
rule np.every - every adj noun
rule np.num - num noun:bare
rule np.person - first last
rule np.org m brand type
rule np.at - brand type at
rule clause.present - S A P F O V
rule clause.neg - S A P F O V
rule clause.future - S A P F O V
rule clause.copula - S very C
rule clause.notcopula - S C not
word a - bir/DET
word this - bu/DET
word every - her/DET
word not - değil/AUX
word very - çok/ADV
word and - ve/CCONJ
word but - ,/PUNCT_ama/CCONJ
word because - çünkü/CCONJ
word that - ki/SCONJ
word stop - ./PUNCT
word at - şirketinde/NOUN
num two - iki
num three - üç
num four - dört
pron he m o
pron she f o
pron they m onlar
noun man m adam p=adamlar
noun woman f kadın p=kadınlar
noun boy m oğlan p=oğlanlar
noun girl f kız p=kızlar
noun child m çocuk p=çocuklar
noun teacher m öğretmen p=öğretmenler
noun doctor m doktor p=doktorlar
noun student m öğrenci p=öğrenciler
noun neighbour m komşu p=komşular
noun friend m arkadaş p=arkadaşlar
noun farmer m çiftçi p=çiftçiler
noun writer m yazar p=yazarlar
noun worker m işçi p=işçiler
noun dog m köpek p=köpekler
noun cat m kedi p=kediler
noun horse m at p=atlar
noun bird m kuş p=kuşlar
noun cow m inek p=inekler
noun book n kitap acc=kitabı
noun letter n mektup acc=mektubu
noun newspaper n gazete acc=gazeteyi
noun song n şarkı acc=şarkıyı
noun film n film acc=filmi
noun apple n elma acc=elmayı
noun cake n pasta acc=pastayı
noun car n araba acc=arabayı
noun house n ev acc=evi
noun bicycle n bisiklet acc=bisikleti
noun table n masa acc=masayı
noun chair n sandalye acc=sandalyeyi
noun picture n resim acc=resmi
noun flower n çiçek acc=çiçeği
noun door n kapı acc=kapıyı
noun window n pencere acc=pencereyi
noun box n kutu acc=kutuyu
noun shop n dükkan acc=dükkanı
noun key n anahtar acc=anahtarı
noun hat n şapka acc=şapkayı
noun bread n ekmek acc=ekmeği
noun soup n çorba acc=çorbayı
noun tea n çay acc=çayı
noun milk n süt acc=sütü
noun coffee n kahve acc=kahveyi
adj big - büyük
adj small - küçük
adj old - eski
adj new - yeni
adj heavy - ağır
adj light - hafif
adj clean - temiz
adj dirty - kirli
adj hot - sıcak
adj cold - soğuk
adj red - kırmızı
adj white - beyaz
adj black - siyah
adj beautiful - güzel
adj young - genç
adj aged - yaşlı
adj happy - mutlu
adj clever - akıllı
verb read - okuyor neg=okumuyor fut=okuyacak
verb write - yazıyor neg=yazmıyor fut=yazacak
verb eat - yiyor neg=yemiyor fut=yiyecek
verb drink - içiyor neg=içmiyor fut=içecek
verb buy - alıyor neg=almıyor fut=alacak
verb sell - satıyor neg=satmıyor fut=satacak
verb see - görüyor neg=görmüyor fut=görecek
verb find - buluyor neg=bulmuyor fut=bulacak
verb open - açıyor neg=açmıyor fut=açacak
verb close - kapatıyor neg=kapatmıyor fut=kapatacak
verb wash - yıkıyor neg=yıkamıyor fut=yıkayacak
verb bring - getiriyor neg=getirmiyor fut=getirecek
verb build - yapıyor neg=yapmıyor fut=yapacak
verb sleep - uyuyor neg=uyumuyor fut=uyuyacak
verb work - çalışıyor neg=çalışmıyor fut=çalışacak
verb wait - bekliyor neg=beklemiyor fut=bekleyecek
verb play - oynuyor neg=oynamıyor fut=oynayacak
verb sing - şarkı/NOUN_söylüyor neg=şarkı/NOUN_söylemiyor fut=şarkı/NOUN_söyleyecek
verb laugh - gülüyor neg=gülmüyor fut=gülecek
verb run - koşuyor neg=koşmuyor fut=koşacak
verb live - yaşıyor neg=yaşamıyor fut=yaşayacak
verb come - geliyor neg=gelmiyor fut=gelecek
verb say - diyor
adv today - bugün
adv now - şimdi
adv tomorrow - yarın
adv here - burada
adv there - orada
adv slowly - yavaşça
adv again - yine
place garden - bahçede
place school - okulda
place kitchen - mutfakta
place market - pazarda
place field - tarlada
place village - köyde
place library - kütüphanede
place hospital - hastanede
place station - istasyonda
place office - ofiste
place hotel - otelde
place forest - ormanda
for child - çocuk_için/ADP
for mother - anne_için/ADP
for family - aile_için/ADP
for guests - misafirler_için/ADP
city berlin - in=Berlin'de from=Berlin'den
city london - in=Londra'da from=Londra'dan
city paris - in=Paris'te from=Paris'ten
city rome - in=Roma'da from=Roma'dan
city madrid - in=Madrid'de from=Madrid'den
city athens - in=Atina'da from=Atina'dan
city moscow - in=Moskova'da from=Moskova'dan
city delhi - in=Delhi'de from=Delhi'den
city istanbul - in=İstanbul'da from=İstanbul'dan
city nairobi - in=Nairobi'de from=Nairobi'den
city lisbon - in=Lizbon'da from=Lizbon'dan
city vienna - in=Viyana'da from=Viyana'dan
city warsaw - in=Varşova'da from=Varşova'dan
city prague - in=Prag'da from=Prag'dan
city lima - in=Lima'da from=Lima'dan
city tokyo - in=Tokyo'da from=Tokyo'dan
city oslo - in=Oslo'da from=Oslo'dan
city dublin - in=Dublin'de from=Dublin'den
city geneva - in=Cenevre'de from=Cenevre'den
city hamburg - in=Hamburg'da from=Hamburg'dan
city newyork - in=New_York'ta from=New_York'tan
city losangeles - in=Los_Angeles'ta from=Los_Angeles'tan
