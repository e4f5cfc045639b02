# Adjectives: after der/dieser/jeder the weak endings, after ein the mixed ones, none as a predicate.
rule np.def - the adj noun
rule np.indef - a adj noun
rule np.this - this adj noun
rule np.every - every adj noun
rule np.num - num noun:p
rule np.person - first last
rule np.org m brand type
rule np.at - at brand type
rule clause.present - S V A O F P
rule clause.neg - S V O F A not P
rule clause.future - S fut A O F P V:inf
rule clause.copula - S be very C
rule clause.notcopula - S be not C
rule sub.present - S A O F P V
rule sub.neg - S O F A not P V
rule sub.future - S A O F P V:inf fut
rule sub.copula - S very C be
rule sub.notcopula - S not C be
word the - m=der/DET m.acc=den/DET f=die/DET n=das/DET p=die/DET
word a - m=ein/DET m.acc=einen/DET f=eine/DET n=ein/DET
word this - m=dieser/DET m.acc=diesen/DET f=diese/DET n=dieses/DET
word every - m=jeder/DET m.acc=jeden/DET f=jede/DET n=jedes/DET
word not - nicht/PART
word fut - s=wird/AUX p=werden/AUX
word be - s=ist/AUX p=sind/AUX
word very - sehr/ADV
word and - und/CCONJ
word but - ,/PUNCT_aber/CCONJ
word because - ,/PUNCT_weil/SCONJ
word that - ,/PUNCT_dass/SCONJ
word stop - ./PUNCT
word at - bei/ADP
num two - zwei
num three - drei
num four - vier
pron he m er
pron she f sie
pron they m sie
noun man m Mann p=Männer
noun woman f Frau p=Frauen
noun boy m Junge p=Jungen
noun girl n Mädchen
noun child n Kind p=Kinder
noun teacher m Lehrer
noun doctor m Arzt p=Ärzte
noun student m Student p=Studenten
noun neighbour m Nachbar p=Nachbarn
noun friend m Freund p=Freunde
noun farmer m Bauer p=Bauern
noun writer m Autor p=Autoren
noun worker m Arbeiter
noun dog m Hund p=Hunde
noun cat f Katze p=Katzen
noun horse n Pferd p=Pferde
noun bird m Vogel p=Vögel
noun cow f Kuh p=Kühe
noun book n Buch p=Bücher
noun letter m Brief p=Briefe
noun newspaper f Zeitung p=Zeitungen
noun song n Lied p=Lieder
noun film m Film p=Filme
noun apple m Apfel p=Äpfel
noun cake m Kuchen
noun car n Auto p=Autos
noun house n Haus p=Häuser
noun bicycle n Fahrrad p=Fahrräder
noun table m Tisch p=Tische
noun chair m Stuhl p=Stühle
noun picture n Bild p=Bilder
noun flower f Blume p=Blumen
noun door f Tür p=Türen
noun window n Fenster
noun box f Kiste p=Kisten
noun shop n Geschäft p=Geschäfte
noun key m Schlüssel
noun hat m Hut p=Hüte
noun bread n Brot
noun soup f Suppe
noun tea m Tee
noun milk f Milch
noun coffee m Kaffee
paradigm adj - ~e m.acc=~en p=~en indef.m.nom=~er indef.n=~es pred=~ pred.p=~
adj big - @adj:groß
adj small - @adj:klein
adj old - @adj:alt
adj new - @adj:neu
adj heavy - @adj:schwer
adj light - @adj:leicht
adj clean - @adj:sauber
adj dirty - @adj:schmutzig
adj hot - @adj:heiß
adj cold - @adj:kalt
adj red - @adj:rot
adj white - @adj:weiß
adj black - @adj:schwarz
adj beautiful - @adj:schön
adj young - @adj:jung
adj aged - @adj:betagt
adj happy - @adj:fröhlich
adj clever - @adj:klug
verb read - s=liest p=lesen inf=lesen
verb write - s=schreibt p=schreiben inf=schreiben
verb eat - s=isst p=essen inf=essen
verb drink - s=trinkt p=trinken inf=trinken
verb buy - s=kauft p=kaufen inf=kaufen
verb sell - s=verkauft p=verkaufen inf=verkaufen
verb see - s=sieht p=sehen inf=sehen
verb find - s=findet p=finden inf=finden
verb open - s=öffnet p=öffnen inf=öffnen
verb close - s=schließt p=schließen inf=schließen
verb wash - s=wäscht p=waschen inf=waschen
verb bring - s=bringt p=bringen inf=bringen
verb build - s=baut p=bauen inf=bauen
verb sleep - s=schläft p=schlafen inf=schlafen
verb work - s=arbeitet p=arbeiten inf=arbeiten
verb wait - s=wartet p=warten inf=warten
verb play - s=spielt p=spielen inf=spielen
verb sing - s=singt p=singen inf=singen
verb laugh - s=lacht p=lachen inf=lachen
verb run - s=läuft p=laufen inf=laufen
verb live - s=wohnt p=wohnen inf=wohnen
verb come - s=kommt p=kommen inf=kommen
verb say - s=sagt p=sagen inf=sagen
adv today - heute
adv now - jetzt
adv there - dort
adv tomorrow - morgen
adv here - hier
adv slowly - langsam
adv again - wieder
place garden - im/ADP_Garten
place school - in/ADP_der/DET_Schule
place kitchen - in/ADP_der/DET_Küche
place market - auf/ADP_dem/DET_Markt
place field - auf/ADP_dem/DET_Feld
place village - im/ADP_Dorf
place library - in/ADP_der/DET_Bibliothek
place hospital - im/ADP_Krankenhaus
place station - am/ADP_Bahnhof
place office - im/ADP_Büro
place hotel - im/ADP_Hotel
place forest - im/ADP_Wald
for child - für/ADP_das/DET_Kind
for mother - für/ADP_die/DET_Mutter
for family - für/ADP_die/DET_Familie
for guests - für/ADP_die/DET_Gäste
paradigm city - in=in/ADP_~ from=aus/ADP_~
city berlin - @city:Berlin
city london - @city:London
city paris - @city:Paris
city rome - @city:Rom
city madrid - @city:Madrid
city athens - @city:Athen
city moscow - @city:Moskau
city delhi - @city:Delhi
city istanbul - @city:Istanbul
city nairobi - @city:Nairobi
city lisbon - @city:Lissabon
city vienna - @city:Wien
city warsaw - @city:Warschau
city prague - @city:Prag
city lima - @city:Lima
city tokyo - @city:Tokio
city oslo - @city:Oslo
city dublin - @city:Dublin
city geneva - @city:Genf
city hamburg - @city:Hamburg
city newyork - @city:New_York
city losangeles - @city:Los_Angeles
