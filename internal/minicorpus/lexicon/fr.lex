# Adjectives of class "pre" stand before the noun, the others after it.
rule np.def - the pre noun post
rule np.indef - a pre noun post
rule np.this - this pre noun post
rule np.every - every pre noun post
rule np.num - num noun:p
rule np.person - first last
rule np.org m brand type
rule np.at - at brand type
rule clause.present - S V A O F P
rule clause.neg - S ne V pas O F P A
rule clause.future - S V A O F P
rule clause.copula - S be very C
rule clause.notcopula - S ne be pas C
word the - m=le/DET f=la/DET p=les/DET
word a - m=un/DET f=une/DET
word this - m=ce/DET f=cette/DET
word every - chaque/DET
word ne - ne/ADV
word pas - pas/ADV
word be - s=est/AUX p=sont/AUX
word very - très/ADV
word and - et/CCONJ
word but - ,/PUNCT_mais/CCONJ
word because - parce/ADV_que/SCONJ
word that - que/SCONJ
word stop - ./PUNCT
word at - chez/ADP
num two - deux
num three - trois
num four - quatre
pron he m il
pron she f elle
pron they m ils
noun man m homme p=hommes
noun woman f femme p=femmes
noun boy m garçon p=garçons
noun girl f fille p=filles
noun child m enfant p=enfants
noun teacher m professeur p=professeurs
noun doctor m médecin p=médecins
noun student m étudiant p=étudiants
noun neighbour m voisin p=voisins
noun friend m ami p=amis
noun farmer m paysan p=paysans
noun writer m écrivain p=écrivains
noun worker m ouvrier p=ouvriers
noun dog m chien p=chiens
noun cat m chat p=chats
noun horse m cheval p=chevaux
noun bird m oiseau p=oiseaux
noun cow f vache p=vaches
noun book m livre p=livres
noun letter f lettre p=lettres
noun newspaper m journal p=journaux
noun song f chanson p=chansons
noun film m film p=films
noun apple f pomme p=pommes
noun cake m gâteau p=gâteaux
noun car f voiture p=voitures
noun house f maison p=maisons
noun bicycle m vélo p=vélos
noun table f table p=tables
noun chair f chaise p=chaises
noun picture m tableau p=tableaux
noun flower f fleur p=fleurs
noun door f porte p=portes
noun window f fenêtre p=fenêtres
noun box f boîte p=boîtes
noun shop m magasin p=magasins
noun key f clé p=clés
noun hat m chapeau p=chapeaux
noun bread m pain
noun soup f soupe
noun tea m thé
noun milk m lait
noun coffee m café
paradigm reg - m=~ f=~e mp=~s fp=~es
paradigm e - s=~ p=~s
adj big pre @reg:grand
adj small pre @reg:petit
adj old pre m=vieux f=vieille mp=vieux fp=vieilles
adj new pre m=nouveau f=nouvelle mp=nouveaux fp=nouvelles
adj heavy - @reg:lourd
adj light - m=léger f=légère mp=légers fp=légères
adj clean - @e:propre
adj dirty - @e:sale
adj hot - @reg:chaud
adj cold - @reg:froid
adj red - @e:rouge
adj white - m=blanc f=blanche mp=blancs fp=blanches
adj black - @reg:noir
adj beautiful pre m=beau f=belle mp=beaux fp=belles
adj young pre @e:jeune
adj aged - @reg:âgé
adj happy - m=joyeux f=joyeuse mp=joyeux fp=joyeuses
adj clever - @reg:intelligent
verb read - s=lit p=lisent fut.s=lira fut.p=liront
verb write - s=écrit p=écrivent fut.s=écrira fut.p=écriront
verb eat - s=mange p=mangent fut.s=mangera fut.p=mangeront
verb drink - s=boit p=boivent fut.s=boira fut.p=boiront
verb buy - s=achète p=achètent fut.s=achètera fut.p=achèteront
verb sell - s=vend p=vendent fut.s=vendra fut.p=vendront
verb see - s=voit p=voient fut.s=verra fut.p=verront
verb find - s=trouve p=trouvent fut.s=trouvera fut.p=trouveront
verb open - s=ouvre p=ouvrent fut.s=ouvrira fut.p=ouvriront
verb close - s=ferme p=ferment fut.s=fermera fut.p=fermeront
verb wash - s=lave p=lavent fut.s=lavera fut.p=laveront
verb bring - s=apporte p=apportent fut.s=apportera fut.p=apporteront
verb build - s=construit p=construisent fut.s=construira fut.p=construiront
verb sleep - s=dort p=dorment fut.s=dormira fut.p=dormiront
verb work - s=travaille p=travaillent fut.s=travaillera fut.p=travailleront
verb wait - s=attend p=attendent fut.s=attendra fut.p=attendront
verb play - s=joue p=jouent fut.s=jouera fut.p=joueront
verb sing - s=chante p=chantent fut.s=chantera fut.p=chanteront
verb laugh - s=rit p=rient fut.s=rira fut.p=riront
verb run - s=court p=courent fut.s=courra fut.p=courront
verb live - s=habite p=habitent fut.s=habitera fut.p=habiteront
verb come - s=vient p=viennent fut.s=viendra fut.p=viendront
verb say - s=dit p=disent fut.s=dira fut.p=diront
adv today - aujourd'hui
adv now - maintenant
adv there - là-bas
adv tomorrow - demain
adv here - ici
adv slowly - lentement
adv again - encore
place garden - dans/ADP_le/DET_jardin
place school - à/ADP_la/DET_école
place kitchen - dans/ADP_la/DET_cuisine
place market - au/ADP_marché
place field - dans/ADP_le/DET_champ
place village - dans/ADP_le/DET_village
place library - à/ADP_la/DET_bibliothèque
place hospital - à/ADP_le/DET_hôpital
place station - à/ADP_la/DET_gare
place office - au/ADP_bureau
place hotel - à/ADP_le/DET_hôtel
place forest - dans/ADP_la/DET_forêt
for child - pour/ADP_le/DET_enfant
for mother - pour/ADP_la/DET_mère
for family - pour/ADP_la/DET_famille
for guests - pour/ADP_les/DET_invités
paradigm city - in=à/ADP_~ from=de/ADP_~
city berlin - @city:Berlin
city london - @city:Londres
city paris - @city:Paris
city rome - @city:Rome
city madrid - @city:Madrid
city athens - @city:Athènes
city moscow - @city:Moscou
city delhi - @city:Delhi
city istanbul - @city:Istanbul
city nairobi - @city:Nairobi
city lisbon - @city:Lisbonne
city vienna - @city:Vienne
city warsaw - @city:Varsovie
city prague - @city:Prague
city lima - @city:Lima
city tokyo - @city:Tokyo
city oslo - @city:Oslo
city dublin - @city:Dublin
city geneva - @city:Genève
city hamburg - @city:Hambourg
city newyork - @city:New_York
city losangeles - @city:Los_Angeles
