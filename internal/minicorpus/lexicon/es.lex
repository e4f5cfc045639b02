# Adjectives stand after the noun; those of class "estar" take that verb as a predicate.
rule np.def - the noun adj
rule np.indef - a noun adj
rule np.this - this noun adj
rule np.every - every noun adj
rule np.num - num noun:p
rule np.person - first last
rule np.org m brand type
rule np.at - at brand type
rule clause.present - S V A O F P
rule clause.neg - S not V O F P A
rule clause.future - S V A O F P
rule clause.copula - S be very C
rule clause.notcopula - S not be C
word the - m=el/DET f=la/DET mp=los/DET fp=las/DET
word a - m=un/DET f=una/DET
word this - m=este/DET f=esta/DET
word every - cada/DET
word not - no/ADV
word be - s=es/AUX p=son/AUX estar.s=está/AUX estar.p=están/AUX
word very - muy/ADV
word and - y/CCONJ
word but - ,/PUNCT_pero/CCONJ
word because - porque/SCONJ
word that - que/SCONJ
word stop - ./PUNCT
word at - en/ADP
num two - dos
num three - tres
num four - cuatro
pron he m él
pron she f ella
pron they m ellos
noun man m hombre p=hombres
noun woman f mujer p=mujeres
noun boy m chico p=chicos
noun girl f chica p=chicas
noun child m niño p=niños
noun teacher m profesor p=profesores
noun doctor m médico p=médicos
noun student m estudiante p=estudiantes
noun neighbour m vecino p=vecinos
noun friend m amigo p=amigos
noun farmer m campesino p=campesinos
noun writer m escritor p=escritores
noun worker m obrero p=obreros
noun dog m perro p=perros
noun cat m gato p=gatos
noun horse m caballo p=caballos
noun bird m pájaro p=pájaros
noun cow f vaca p=vacas
noun book m libro p=libros
noun letter f carta p=cartas
noun newspaper m periódico p=periódicos
noun song f canción p=canciones
noun film f película p=películas
noun apple f manzana p=manzanas
noun cake m pastel p=pasteles
noun car m coche p=coches
noun house f casa p=casas
noun bicycle f bicicleta p=bicicletas
noun table f mesa p=mesas
noun chair f silla p=sillas
noun picture m cuadro p=cuadros
noun flower f flor p=flores
noun door f puerta p=puertas
noun window f ventana p=ventanas
noun box f caja p=cajas
noun shop f tienda p=tiendas
noun key f llave p=llaves
noun hat m sombrero p=sombreros
noun bread m pan
noun soup f sopa
noun tea m té
noun milk f leche
noun coffee m café
paradigm o - m=~o f=~a mp=~os fp=~as
paradigm e - s=~ p=~s
adj big - @e:grande
adj small - @o:pequeñ
adj old - @o:viej
adj new - @o:nuev
adj heavy - @o:pesad
adj light - @o:liger
adj clean estar @o:limpi
adj dirty estar @o:suci
adj hot estar @e:caliente
adj cold estar @o:frí
adj red - @o:roj
adj white - @o:blanc
adj black - @o:negr
adj beautiful - @o:bonit
adj young - s=joven p=jóvenes
adj aged - @o:ancian
adj happy - @e:alegre
adj clever - @e:inteligente
verb read - s=lee p=leen fut.s=leerá fut.p=leerán
verb write - s=escribe p=escriben fut.s=escribirá fut.p=escribirán
verb eat - s=come p=comen fut.s=comerá fut.p=comerán
verb drink - s=bebe p=beben fut.s=beberá fut.p=beberán
verb buy - s=compra p=compran fut.s=comprará fut.p=comprarán
verb sell - s=vende p=venden fut.s=venderá fut.p=venderán
verb see - s=ve p=ven fut.s=verá fut.p=verán
verb find - s=encuentra p=encuentran fut.s=encontrará fut.p=encontrarán
verb open - s=abre p=abren fut.s=abrirá fut.p=abrirán
verb close - s=cierra p=cierran fut.s=cerrará fut.p=cerrarán
verb wash - s=lava p=lavan fut.s=lavará fut.p=lavarán
verb bring - s=trae p=traen fut.s=traerá fut.p=traerán
verb build - s=construye p=construyen fut.s=construirá fut.p=construirán
verb sleep - s=duerme p=duermen fut.s=dormirá fut.p=dormirán
verb work - s=trabaja p=trabajan fut.s=trabajará fut.p=trabajarán
verb wait - s=espera p=esperan fut.s=esperará fut.p=esperarán
verb play - s=juega p=juegan fut.s=jugará fut.p=jugarán
verb sing - s=canta p=cantan fut.s=cantará fut.p=cantarán
verb laugh - s=ríe p=ríen fut.s=reirá fut.p=reirán
verb run - s=corre p=corren fut.s=correrá fut.p=correrán
verb live - s=vive p=viven fut.s=vivirá fut.p=vivirán
verb come - s=viene p=vienen fut.s=vendrá fut.p=vendrán
verb say - s=dice p=dicen fut.s=dirá fut.p=dirán
adv today - hoy
adv now - ahora
adv there - allí
adv tomorrow - mañana
adv here - aquí
adv slowly - despacio
adv again - nuevamente
place garden - en/ADP_el/DET_jardín
place school - en/ADP_la/DET_escuela
place kitchen - en/ADP_la/DET_cocina
place market - en/ADP_el/DET_mercado
place field - en/ADP_el/DET_campo
place village - en/ADP_el/DET_pueblo
place library - en/ADP_la/DET_biblioteca
place hospital - en/ADP_el/DET_hospital
place station - en/ADP_la/DET_estación
place office - en/ADP_la/DET_oficina
place hotel - en/ADP_el/DET_hotel
place forest - en/ADP_el/DET_bosque
for child - para/ADP_el/DET_niño
for mother - para/ADP_la/DET_madre
for family - para/ADP_la/DET_familia
for guests - para/ADP_los/DET_invitados
paradigm city - in=en/ADP_~ from=de/ADP_~
city berlin - @city:Berlín
city london - @city:Londres
city paris - @city:París
city rome - @city:Roma
city madrid - @city:Madrid
city athens - @city:Atenas
city moscow - @city:Moscú
city delhi - @city:Delhi
city istanbul - @city:Estambul
city nairobi - @city:Nairobi
city lisbon - @city:Lisboa
city vienna - @city:Viena
city warsaw - @city:Varsovia
city prague - @city:Praga
city lima - @city:Lima
city tokyo - @city:Tokio
city oslo - @city:Oslo
city dublin - @city:Dublín
city geneva - @city:Ginebra
city hamburg - @city:Hamburgo
city newyork - @city:Nueva_York
city losangeles - @city:Los_Ángeles
