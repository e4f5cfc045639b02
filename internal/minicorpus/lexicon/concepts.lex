# What may be said of what, in no language. Columns: kind, key, then what goes with it.
# people and animals, with the adjectives that suit them
person man      young aged happy clever big small
person woman    young aged happy clever beautiful
person boy      happy clever big small
person girl     happy clever beautiful small
person child    happy clever big small
person teacher  young aged happy clever
person doctor   young aged happy clever
person student  young happy clever
person neighbour young aged happy
person friend   young aged clever
person farmer   young aged happy
person writer   young aged clever
person worker   young aged happy
animal dog      big small young clever black white
animal cat      big small young clever black white beautiful
animal horse    big young black white beautiful
animal bird     small young black white beautiful
animal cow      big young black white
# things that can be counted
thing book      old new heavy light big small red black
thing letter    old new beautiful
thing newspaper old new
thing song      old new beautiful
thing film      old new beautiful
thing apple     big small red
thing cake      big small beautiful white
thing car       old new clean dirty big small red white black
thing house     old new clean dirty big small white beautiful
thing bicycle   old new clean dirty heavy light red
thing table     old new clean dirty heavy light big small white
thing chair     old new clean dirty heavy light black
thing picture   old new big small beautiful
thing flower    red white beautiful small
thing door      old new clean dirty heavy light red white
thing window    old new clean dirty big small
thing box       old new heavy light big small black
thing shop      old new clean dirty big small
thing key       old new small heavy
thing hat       old new clean dirty red white black
# things that cannot
mass bread      hot cold white black
mass soup       hot cold red
mass tea        hot cold black
mass milk       hot cold
mass coffee     hot cold black
# verbs and their objects; "any" is every thing that can be counted, "none" is no object
verb read       book letter newspaper
verb write      book letter song
verb eat        apple cake bread soup
verb drink      tea milk coffee
verb buy        any
verb sell       any
verb see        any
verb find       any
verb open       door window box shop letter
verb close      door window box shop
verb wash       car bicycle table chair door window hat
verb bring      book letter newspaper apple cake chair flower box key tea coffee
verb build      house shop table chair
verb sleep      none
verb work       none
verb wait       none
verb play       none
verb sing       none
verb laugh      none
verb run        none
# what a company does
business buy    car house shop bicycle table chair
business sell   car house bicycle newspaper film table chair
business open   shop
business build  house shop
antonym big small
antonym old new
antonym heavy light
antonym clean dirty
antonym hot cold
antonym young aged
antonym red white
antonym white black
