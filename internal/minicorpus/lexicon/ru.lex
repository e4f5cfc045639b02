# No articles and no copula; present tense only, so that verbs need no gender. After 2, 3, 4: genitive singular ("num").
rule np.def - adj noun
rule np.indef - adj noun
rule np.this - this adj noun
rule np.every - every adj noun
rule np.num - num noun:num
rule np.person - first last
rule np.org m brand type
rule np.at - at brand type
rule clause.present - S A V O F P
rule clause.neg - S A not V O F P
rule clause.future - S A fut V:inf O F P
rule clause.copula - S very C
rule clause.notcopula - S not C
word this - m=этот/DET f=эта/DET f.acc=эту/DET n=это/DET
word every - m=каждый/DET f=каждая/DET f.acc=каждую/DET n=каждое/DET
word not - не/PART
word fut - s=будет/AUX p=будут/AUX
word very - очень/ADV
word and - и/CCONJ
word but - ,/PUNCT_но/CCONJ
word because - ,/PUNCT_потому/ADV_что/SCONJ
word that - ,/PUNCT_что/SCONJ
word stop - ./PUNCT
word at - в/ADP_компании/NOUN
num two - два f=две
num three - три
num four - четыре
pron he m он
pron she f она
pron they m они
noun man m мужчина p=мужчины
noun woman f женщина p=женщины
noun boy m мальчик p=мальчики
noun girl f девочка p=девочки
noun child m ребёнок p=дети
noun teacher m учитель p=учителя
noun doctor m врач p=врачи
noun student m студент p=студенты
noun neighbour m сосед p=соседи
noun friend m друг p=друзья
noun farmer m фермер p=фермеры
noun writer m писатель p=писатели
noun worker m работник p=работники
noun dog f собака p=собаки
noun cat f кошка p=кошки
noun horse f лошадь p=лошади
noun bird f птица p=птицы
noun cow f корова p=коровы
noun book f книга acc=книгу num=книги
noun letter n письмо num=письма
noun newspaper f газета acc=газету num=газеты
noun song f песня acc=песню num=песни
noun film m фильм num=фильма
noun apple n яблоко num=яблока
noun cake m торт num=торта
noun car f машина acc=машину num=машины
noun house m дом num=дома
noun bicycle m велосипед num=велосипеда
noun table m стол num=стола
noun chair m стул num=стула
noun picture f картина acc=картину num=картины
noun flower m цветок num=цветка
noun door f дверь num=двери
noun window n окно num=окна
noun box f коробка acc=коробку num=коробки
noun shop m магазин num=магазина
noun key m ключ num=ключа
noun hat f шляпа acc=шляпу num=шляпы
noun bread m хлеб
noun soup m суп
noun tea m чай
noun milk n молоко
noun coffee m кофе
paradigm hard - m=~ый f=~ая f.acc=~ую n=~ое p=~ые
paradigm soft - m=~ий f=~ая f.acc=~ую n=~ое p=~ие
adj big - m=большой f=большая f.acc=большую n=большое p=большие
adj small - @soft:маленьк
adj old - @hard:стар
adj new - @hard:нов
adj heavy - @hard:тяжёл
adj light - @soft:лёгк
adj clean - @hard:чист
adj dirty - @hard:грязн
adj hot - m=горячий f=горячая f.acc=горячую n=горячее p=горячие
adj cold - @hard:холодн
adj red - @hard:красн
adj white - @hard:бел
adj black - @hard:чёрн
adj beautiful - @hard:красив
adj young - m=молодой f=молодая f.acc=молодую n=молодое p=молодые
adj aged - m=пожилой f=пожилая f.acc=пожилую n=пожилое p=пожилые
adj happy - @hard:весёл
adj clever - @hard:умн
verb read - s=читает p=читают inf=читать
verb write - s=пишет p=пишут inf=писать
verb eat - s=ест p=едят inf=есть
verb drink - s=пьёт p=пьют inf=пить
verb buy - s=покупает p=покупают inf=покупать
verb sell - s=продаёт p=продают inf=продавать
verb see - s=видит p=видят inf=видеть
verb find - s=находит p=находят inf=находить
verb open - s=открывает p=открывают inf=открывать
verb close - s=закрывает p=закрывают inf=закрывать
verb wash - s=моет p=моют inf=мыть
verb bring - s=приносит p=приносят inf=приносить
verb build - s=строит p=строят inf=строить
verb sleep - s=спит p=спят inf=спать
verb work - s=работает p=работают inf=работать
verb wait - s=ждёт p=ждут inf=ждать
verb play - s=играет p=играют inf=играть
verb sing - s=поёт p=поют inf=петь
verb laugh - s=смеётся p=смеются inf=смеяться
verb run - s=бегает p=бегают inf=бегать
verb live - s=живёт p=живут inf=жить
verb come - s=приезжает p=приезжают inf=приезжать
verb say - s=говорит p=говорят inf=говорить
adv today - сегодня
adv now - сейчас
adv tomorrow - завтра
adv here - здесь
adv there - там
adv slowly - медленно
adv again - снова
place garden - в/ADP_саду
place school - в/ADP_школе
place kitchen - на/ADP_кухне
place market - на/ADP_рынке
place field - в/ADP_поле
place village - в/ADP_деревне
place library - в/ADP_библиотеке
place hospital - в/ADP_больнице
place station - на/ADP_вокзале
place office - в/ADP_офисе
place hotel - в/ADP_гостинице
place forest - в/ADP_лесу
for child - для/ADP_ребёнка
for mother - для/ADP_матери
for family - для/ADP_семьи
for guests - для/ADP_гостей
city berlin - in=в/ADP_Берлине from=из/ADP_Берлина
city london - in=в/ADP_Лондоне from=из/ADP_Лондона
city paris - in=в/ADP_Париже from=из/ADP_Парижа
city rome - in=в/ADP_Риме from=из/ADP_Рима
city madrid - in=в/ADP_Мадриде from=из/ADP_Мадрида
city athens - in=в/ADP_Афинах from=из/ADP_Афин
city moscow - in=в/ADP_Москве from=из/ADP_Москвы
city delhi - in=в/ADP_Дели from=из/ADP_Дели
city istanbul - in=в/ADP_Стамбуле from=из/ADP_Стамбула
city nairobi - in=в/ADP_Найроби from=из/ADP_Найроби
city lisbon - in=в/ADP_Лиссабоне from=из/ADP_Лиссабона
city vienna - in=в/ADP_Вене from=из/ADP_Вены
city warsaw - in=в/ADP_Варшаве from=из/ADP_Варшавы
city prague - in=в/ADP_Праге from=из/ADP_Праги
city lima - in=в/ADP_Лиме from=из/ADP_Лимы
city tokyo - in=в/ADP_Токио from=из/ADP_Токио
city oslo - in=в/ADP_Осло from=из/ADP_Осло
city dublin - in=в/ADP_Дублине from=из/ADP_Дублина
city geneva - in=в/ADP_Женеве from=из/ADP_Женевы
city hamburg - in=в/ADP_Гамбурге from=из/ADP_Гамбурга
city newyork - in=в/ADP_Нью-Йорке from=из/ADP_Нью-Йорка
city losangeles - in=в/ADP_Лос-Анджелесе from=из/ADP_Лос-Анджелеса
