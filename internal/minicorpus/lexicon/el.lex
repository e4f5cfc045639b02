# Names of people and companies take the article. The future is "θα" with the perfective form.
rule np.def - the adj noun
rule np.indef - a adj noun
rule np.this - this the adj noun
rule np.every - every adj noun
rule np.num - num noun:p
rule np.person - the first last
rule np.org f the brand type
rule np.at - at brand type
rule clause.present - S V O F P A
rule clause.neg - S not V O F P A
rule clause.future - S fut V O F P A
rule clause.copula - S be very C
rule clause.notcopula - S not be C
word the - m=ο/DET m.acc=τον/DET f=η/DET f.acc=την/DET n=το/DET mp=οι/DET fp=οι/DET np=τα/DET
word a - m=ένας/DET m.acc=έναν/DET f=μια/DET n=ένα/DET
word this - m=αυτός/DET m.acc=αυτόν/DET f=αυτή/DET n=αυτό/DET
word every - κάθε/DET
word not - δεν/PART
word fut - θα/AUX
word be - είναι/AUX
word very - πολύ/ADV
word and - και/CCONJ
word but - ,/PUNCT_αλλά/CCONJ
word because - επειδή/SCONJ
word that - ότι/SCONJ
word stop - ./PUNCT
word at - στην/ADP_εταιρεία/NOUN
num two - δύο
num three - τρεις n=τρία
num four - τέσσερις n=τέσσερα
pron he m αυτός
pron she f αυτή
pron they m αυτοί
noun man m άντρας p=άντρες
noun woman f γυναίκα p=γυναίκες
noun boy n αγόρι p=αγόρια
noun girl n κορίτσι p=κορίτσια
noun child n παιδί p=παιδιά
noun teacher m δάσκαλος p=δάσκαλοι
noun doctor m γιατρός p=γιατροί
noun student m φοιτητής p=φοιτητές
noun neighbour m γείτονας p=γείτονες
noun friend m φίλος p=φίλοι
noun farmer m αγρότης p=αγρότες
noun writer m συγγραφέας p=συγγραφείς
noun worker m εργάτης p=εργάτες
noun dog m σκύλος p=σκύλοι
noun cat f γάτα p=γάτες
noun horse n άλογο p=άλογα
noun bird n πουλί p=πουλιά
noun cow f αγελάδα p=αγελάδες
noun book n βιβλίο p=βιβλία
noun letter n γράμμα p=γράμματα
noun newspaper f εφημερίδα p=εφημερίδες
noun song n τραγούδι p=τραγούδια
noun film f ταινία p=ταινίες
noun apple n μήλο p=μήλα
noun cake f τούρτα p=τούρτες
noun car n αυτοκίνητο p=αυτοκίνητα
noun house n σπίτι p=σπίτια
noun bicycle n ποδήλατο p=ποδήλατα
noun table n τραπέζι p=τραπέζια
noun chair f καρέκλα p=καρέκλες
noun picture m πίνακας acc=πίνακα p=πίνακες
noun flower n λουλούδι p=λουλούδια
noun door f πόρτα p=πόρτες
noun window n παράθυρο p=παράθυρα
noun box n κουτί p=κουτιά
noun shop n μαγαζί p=μαγαζιά
noun key n κλειδί p=κλειδιά
noun hat n καπέλο p=καπέλα
noun bread n ψωμί
noun soup f σούπα
noun tea n τσάι
noun milk n γάλα
noun coffee m καφές acc=καφέ
paradigm os - m=~ος m.acc=~ο f=~η n=~ο mp=~οι fp=~ες np=~α
paradigm ós - m=~ός m.acc=~ό f=~ή n=~ό mp=~οί fp=~ές np=~ά
paradigm osa - m=~ος m.acc=~ο f=~α n=~ο mp=~οι fp=~ες np=~α
paradigm ús - m=~ύς m.acc=~ύ f=~ιά n=~ύ mp=~ιοί fp=~ιές np=~ιά
adj big - @os:μεγάλ
adj small - @ós:μικρ
adj old - m=παλιός m.acc=παλιό f=παλιά n=παλιό mp=παλιοί fp=παλιές np=παλιά
adj new - @osa:καινούρι
adj heavy - @ús:βαρ
adj light - @ús:ελαφρ
adj clean - @ós:καθαρ
adj dirty - @os:βρώμικ
adj hot - @ós:ζεστ
adj cold - @osa:κρύ
adj red - @os:κόκκιν
adj white - @os:άσπρ
adj black - @os:μαύρ
adj beautiful - @os:όμορφ
adj young - @osa:νέ
adj aged - @os:ηλικιωμέν
adj happy - @os:χαρούμεν
adj clever - @os:έξυπν
verb read - s=διαβάζει p=διαβάζουν fut.s=διαβάσει fut.p=διαβάσουν
verb write - s=γράφει p=γράφουν fut.s=γράψει fut.p=γράψουν
verb eat - s=τρώει p=τρώνε fut.s=φάει fut.p=φάνε
verb drink - s=πίνει p=πίνουν fut.s=πιει fut.p=πιουν
verb buy - s=αγοράζει p=αγοράζουν fut.s=αγοράσει fut.p=αγοράσουν
verb sell - s=πουλάει p=πουλάνε fut.s=πουλήσει fut.p=πουλήσουν
verb see - s=βλέπει p=βλέπουν fut.s=δει fut.p=δουν
verb find - s=βρίσκει p=βρίσκουν fut.s=βρει fut.p=βρουν
verb open - s=ανοίγει p=ανοίγουν fut.s=ανοίξει fut.p=ανοίξουν
verb close - s=κλείνει p=κλείνουν fut.s=κλείσει fut.p=κλείσουν
verb wash - s=πλένει p=πλένουν fut.s=πλύνει fut.p=πλύνουν
verb bring - s=φέρνει p=φέρνουν fut.s=φέρει fut.p=φέρουν
verb build - s=χτίζει p=χτίζουν fut.s=χτίσει fut.p=χτίσουν
verb sleep - s=κοιμάται p=κοιμούνται fut.s=κοιμηθεί fut.p=κοιμηθούν
verb work - s=δουλεύει p=δουλεύουν fut.s=δουλέψει fut.p=δουλέψουν
verb wait - s=περιμένει p=περιμένουν
verb play - s=παίζει p=παίζουν fut.s=παίξει fut.p=παίξουν
verb sing - s=τραγουδάει p=τραγουδούν fut.s=τραγουδήσει fut.p=τραγουδήσουν
verb laugh - s=γελάει p=γελούν fut.s=γελάσει fut.p=γελάσουν
verb run - s=τρέχει p=τρέχουν fut.s=τρέξει fut.p=τρέξουν
verb live - s=μένει p=μένουν fut.s=μείνει fut.p=μείνουν
verb come - s=έρχεται p=έρχονται fut.s=έρθει fut.p=έρθουν
verb say - s=λέει p=λένε fut.s=πει fut.p=πουν
adv today - σήμερα
adv now - τώρα
adv tomorrow - αύριο
adv here - εδώ
adv there - εκεί
adv slowly - αργά
adv again - ξανά
place garden - στον/ADP_κήπο
place school - στο/ADP_σχολείο
place kitchen - στην/ADP_κουζίνα
place market - στην/ADP_αγορά
place field - στο/ADP_χωράφι
place village - στο/ADP_χωριό
place library - στη/ADP_βιβλιοθήκη
place hospital - στο/ADP_νοσοκομείο
place station - στον/ADP_σταθμό
place office - στο/ADP_γραφείο
place hotel - στο/ADP_ξενοδοχείο
place forest - στο/ADP_δάσος
for child - για/ADP_το/DET_παιδί
for mother - για/ADP_τη/DET_μητέρα
for family - για/ADP_την/DET_οικογένεια
for guests - για/ADP_τους/DET_καλεσμένους
paradigm n - in=στο/ADP_~ from=από/ADP_το/DET_~
paradigm f - in=στη/ADP_~ from=από/ADP_τη/DET_~
paradigm fn - in=στην/ADP_~ from=από/ADP_την/DET_~
city berlin - @n:Βερολίνο
city london - @n:Λονδίνο
city paris - @n:Παρίσι
city rome - @f:Ρώμη
city madrid - @f:Μαδρίτη
city athens - @fn:Αθήνα
city moscow - @f:Μόσχα
city delhi - @n:Δελχί
city istanbul - @fn:Κωνσταντινούπολη
city nairobi - @n:Ναϊρόμπι
city lisbon - @f:Λισαβόνα
city vienna - @f:Βιέννη
city warsaw - @f:Βαρσοβία
city prague - @fn:Πράγα
city lima - @f:Λίμα
city tokyo - @n:Τόκιο
city oslo - @n:Όσλο
city dublin - @n:Δουβλίνο
city geneva - @f:Γενεύη
city hamburg - @n:Αμβούργο
city newyork - @f:Νέα_Υόρκη
city losangeles - @n:Λος_Άντζελες
