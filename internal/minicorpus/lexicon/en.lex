# Columns: kind, key, class, forms. A form is features=words; no features is the form for all else; "_" parts words, "/" gives a word its tag.
rule np.def - the adj noun
rule np.indef - a adj noun
rule np.this - this adj noun
rule np.every - every adj noun
rule np.num - num noun:p
rule np.person - first last
rule np.org m brand type
rule np.at - at brand type
rule clause.present - S V O F P A
rule clause.neg - S do not V:inf O F P A
rule clause.future - S fut V:inf O F P A
rule clause.copula - S be very C
rule clause.notcopula - S be not C
word the - the/DET
word a - a/DET
word this - this/DET
word every - every/DET
word do - s=does/AUX p=do/AUX
word not - not/PART
word fut - will/AUX
word be - s=is/AUX p=are/AUX
word very - very/ADV
word and - and/CCONJ
word but - ,/PUNCT_but/CCONJ
word because - because/SCONJ
word that - that/SCONJ
word stop - ./PUNCT
word at - for/ADP
num two - two
num three - three
num four - four
pron he m he
pron she f she
pron they m they
noun man m man p=men
noun woman f woman p=women
noun boy m boy p=boys
noun girl f girl p=girls
noun child n child p=children
noun teacher m teacher p=teachers
noun doctor m doctor p=doctors
noun student m student p=students
noun neighbour m neighbour p=neighbours
noun friend m friend p=friends
noun farmer m farmer p=farmers
noun writer m writer p=writers
noun worker m worker p=workers
noun dog m dog p=dogs
noun cat m cat p=cats
noun horse m horse p=horses
noun bird m bird p=birds
noun cow m cow p=cows
noun book n book p=books
noun letter n letter p=letters
noun newspaper n newspaper p=newspapers
noun song n song p=songs
noun film n film p=films
noun apple n apple p=apples
noun cake n cake p=cakes
noun car n car p=cars
noun house n house p=houses
noun bicycle n bicycle p=bicycles
noun table n table p=tables
noun chair n chair p=chairs
noun picture n picture p=pictures
noun flower n flower p=flowers
noun door n door p=doors
noun window n window p=windows
noun box n box p=boxes
noun shop n shop p=shops
noun key n key p=keys
noun hat n hat p=hats
noun bread n bread
noun soup n soup
noun tea n tea
noun milk n milk
noun coffee n coffee
adj big - big
adj small - small
adj old - old
adj new - new
adj heavy - heavy
adj light - light
adj clean - clean
adj dirty - dirty
adj hot - hot
adj cold - cold
adj red - red
adj white - white
adj black - black
adj beautiful - beautiful
adj young - young
adj aged - elderly
adj happy - happy
adj clever - clever
paradigm reg - s=~s p=~ inf=~
verb read - @reg:read
verb write - @reg:write
verb eat - @reg:eat
verb drink - @reg:drink
verb buy - @reg:buy
verb sell - @reg:sell
verb see - @reg:see
verb find - @reg:find
verb open - @reg:open
verb close - @reg:close
verb wash - s=washes p=wash inf=wash
verb bring - @reg:bring
verb build - @reg:build
verb sleep - @reg:sleep
verb work - @reg:work
verb wait - @reg:wait
verb play - @reg:play
verb sing - @reg:sing
verb laugh - @reg:laugh
verb run - @reg:run
verb live - @reg:live
verb come - @reg:come
verb say - @reg:say
adv today - today
adv now - now
adv there - there
adv tomorrow - tomorrow
adv here - here
adv slowly - slowly
adv again - again
place garden - in/ADP_the/DET_garden
place school - in/ADP_the/DET_school
place kitchen - in/ADP_the/DET_kitchen
place market - at/ADP_the/DET_market
place field - in/ADP_the/DET_field
place village - in/ADP_the/DET_village
place library - in/ADP_the/DET_library
place hospital - in/ADP_the/DET_hospital
place station - at/ADP_the/DET_station
place office - in/ADP_the/DET_office
place hotel - in/ADP_the/DET_hotel
place forest - in/ADP_the/DET_forest
for child - for/ADP_the/DET_child
for mother - for/ADP_the/DET_mother
for family - for/ADP_the/DET_family
for guests - for/ADP_the/DET_guests
paradigm city - in=in/ADP_~ from=from/ADP_~
city berlin - @city:Berlin
city london - @city:London
city paris - @city:Paris
city rome - @city:Rome
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
