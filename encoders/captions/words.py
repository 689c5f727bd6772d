"""Everyday words for what pictures show, in several languages: what a classifier's fine labels are said with where they
have no translation of their own ("golden retriever" is a dog, 狗, Hund, perro, chien).
"""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "zh", "de", "es", "fr")


def table(lines: str) -> tuple[Mapping[str, str], ...]:
    """One word by language per line."""
    return tuple(dict(zip(LANGUAGES, line.split("|"), strict=True)) for line in lines.strip().splitlines())


WORDS = table("""
dog|狗|Hund|perro|chien
puppy|小狗|Welpe|cachorro|chiot
wolf|狼|Wolf|lobo|loup
fox|狐狸|Fuchs|zorro|renard
cat|猫|Katze|gato|chat
lion|狮子|Löwe|león|lion
tiger|老虎|Tiger|tigre|tigre
leopard|豹|Leopard|leopardo|léopard
bear|熊|Bär|oso|ours
panda|熊猫|Panda|panda|panda
monkey|猴子|Affe|mono|singe
gorilla|大猩猩|Gorilla|gorila|gorille
elephant|大象|Elefant|elefante|éléphant
hippopotamus|河马|Nilpferd|hipopótamo|hippopotame
zebra|斑马|Zebra|cebra|zèbre
camel|骆驼|Kamel|camello|chameau
horse|马|Pferd|caballo|cheval
cow|牛|Kuh|vaca|vache
sheep|绵羊|Schaf|oveja|mouton
goat|山羊|Ziege|cabra|chèvre
pig|猪|Schwein|cerdo|cochon
deer|鹿|Hirsch|ciervo|cerf
rabbit|兔子|Kaninchen|conejo|lapin
hamster|仓鼠|Hamster|hámster|hamster
mouse|老鼠|Maus|ratón|souris
squirrel|松鼠|Eichhörnchen|ardilla|écureuil
hedgehog|刺猬|Igel|erizo|hérisson
beaver|海狸|Biber|castor|castor
otter|水獭|Otter|nutria|loutre
skunk|臭鼬|Stinktier|mofeta|mouffette
kangaroo|袋鼠|Känguru|canguro|kangourou
koala|考拉|Koala|koala|koala
sloth|树懒|Faultier|perezoso|paresseux
armadillo|犰狳|Gürteltier|armadillo|tatou
whale|鲸鱼|Wal|ballena|baleine
dolphin|海豚|Delfin|delfín|dauphin
seal|海豹|Robbe|foca|phoque
bird|鸟|Vogel|pájaro|oiseau
chicken|鸡|Huhn|gallina|poule
rooster|公鸡|Hahn|gallo|coq
duck|鸭子|Ente|pato|canard
goose|鹅|Gans|ganso|oie
swan|天鹅|Schwan|cisne|cygne
penguin|企鹅|Pinguin|pingüino|manchot
owl|猫头鹰|Eule|búho|hibou
eagle|鹰|Adler|águila|aigle
parrot|鹦鹉|Papagei|loro|perroquet
peacock|孔雀|Pfau|pavo real|paon
ostrich|鸵鸟|Strauß|avestruz|autruche
flamingo|火烈鸟|Flamingo|flamenco|flamant
hummingbird|蜂鸟|Kolibri|colibrí|colibri
turkey bird|火鸡|Truthahn|pavo|dindon
fish|鱼|Fisch|pez|poisson
goldfish|金鱼|Goldfisch|pez dorado|poisson rouge
shark|鲨鱼|Hai|tiburón|requin
ray|鳐鱼|Rochen|raya|raie
eel|鳗鱼|Aal|anguila|anguille
frog|青蛙|Frosch|rana|grenouille
salamander|蝾螈|Salamander|salamandra|salamandre
lizard|蜥蜴|Eidechse|lagarto|lézard
dinosaur|恐龙|Dinosaurier|dinosaurio|dinosaure
crocodile|鳄鱼|Krokodil|cocodrilo|crocodile
turtle|乌龟|Schildkröte|tortuga|tortue
snake|蛇|Schlange|serpiente|serpent
spider|蜘蛛|Spinne|araña|araignée
scorpion|蝎子|Skorpion|escorpión|scorpion
crab|螃蟹|Krabbe|cangrejo|crabe
lobster|龙虾|Hummer|langosta|homard
snail|蜗牛|Schnecke|caracol|escargot
shell|贝壳|Muschel|concha|coquillage
jellyfish|水母|Qualle|medusa|méduse
starfish|海星|Seestern|estrella de mar|étoile de mer
coral|珊瑚|Koralle|coral|corail
butterfly|蝴蝶|Schmetterling|mariposa|papillon
bee|蜜蜂|Biene|abeja|abeille
ant|蚂蚁|Ameise|hormiga|fourmi
fly|苍蝇|Fliege|mosca|mouche
beetle|甲虫|Käfer|escarabajo|scarabée
ladybug|瓢虫|Marienkäfer|mariquita|coccinelle
dragonfly|蜻蜓|Libelle|libélula|libellule
grasshopper|蚱蜢|Heuschrecke|saltamontes|sauterelle
cockroach|蟑螂|Kakerlake|cucaracha|cafard
flower|花|Blume|flor|fleur
rose|玫瑰|Rose|rosa|rose
daisy|雏菊|Gänseblümchen|margarita|marguerite
tree|树|Baum|árbol|arbre
mushroom|蘑菇|Pilz|seta|champignon
acorn|橡子|Eichel|bellota|gland
corn|玉米|Mais|maíz|maïs
apple|苹果|Apfel|manzana|pomme
banana|香蕉|Banane|plátano|banane
orange fruit|橙子|Orange|naranja|orange
lemon|柠檬|Zitrone|limón|citron
strawberry|草莓|Erdbeere|fresa|fraise
pineapple|菠萝|Ananas|piña|ananas
pomegranate|石榴|Granatapfel|granada|grenade
fig|无花果|Feige|higo|figue
vegetable|蔬菜|Gemüse|verdura|légume
cabbage|卷心菜|Kohl|col|chou
broccoli|西兰花|Brokkoli|brócoli|brocoli
cauliflower|花椰菜|Blumenkohl|coliflor|chou-fleur
cucumber|黄瓜|Gurke|pepino|concombre
pumpkin|南瓜|Kürbis|calabaza|citrouille
bell pepper|甜椒|Paprika|pimiento|poivron
artichoke|洋蓟|Artischocke|alcachofa|artichaut
bread|面包|Brot|pan|pain
pizza|披萨|Pizza|pizza|pizza
hamburger|汉堡包|Hamburger|hamburguesa|hamburger
hot dog|热狗|Hotdog|perrito caliente|hot-dog
ice cream|冰淇淋|Eis|helado|glace
cake|蛋糕|Kuchen|pastel|gâteau
chocolate|巧克力|Schokolade|chocolate|chocolat
soup|汤|Suppe|sopa|soupe
coffee|咖啡|Kaffee|café|café
wine|红酒|Wein|vino|vin
cup|杯子|Tasse|taza|tasse
bottle|瓶子|Flasche|botella|bouteille
bowl|碗|Schüssel|cuenco|bol
plate|盘子|Teller|plato|assiette
pan|平底锅|Pfanne|sartén|poêle
pot|锅|Topf|olla|casserole
teapot|茶壶|Teekanne|tetera|théière
spoon|勺子|Löffel|cuchara|cuillère
knife|刀|Messer|cuchillo|couteau
car|汽车|Auto|coche|voiture
race car|赛车|Rennwagen|coche de carreras|voiture de course
taxi|出租车|Taxi|taxi|taxi
ambulance|救护车|Krankenwagen|ambulancia|ambulance
fire engine|消防车|Feuerwehrauto|camión de bomberos|camion de pompiers
bus|公共汽车|Bus|autobús|autobus
truck|卡车|Lastwagen|camión|camion
tractor|拖拉机|Traktor|tractor|tracteur
train|火车|Zug|tren|train
tram|电车|Straßenbahn|tranvía|tramway
bicycle|自行车|Fahrrad|bicicleta|vélo
motorcycle|摩托车|Motorrad|motocicleta|moto
airplane|飞机|Flugzeug|avión|avion
balloon|气球|Ballon|globo|ballon
parachute|降落伞|Fallschirm|paracaídas|parachute
rocket|火箭|Rakete|cohete|fusée
boat|小船|Boot|barco|bateau
ship|轮船|Schiff|buque|navire
sailboat|帆船|Segelboot|velero|voilier
submarine|潜水艇|U-Boot|submarino|sous-marin
tank|坦克|Panzer|tanque|char
wheel|轮子|Rad|rueda|roue
house|房子|Haus|casa|maison
castle|城堡|Burg|castillo|château
palace|宫殿|Palast|palacio|palais
church|教堂|Kirche|iglesia|église
mosque|清真寺|Moschee|mezquita|mosquée
temple|寺庙|Tempel|templo|temple
tower|塔|Turm|torre|tour
bridge|桥|Brücke|puente|pont
lighthouse|灯塔|Leuchtturm|faro|phare
barn|谷仓|Scheune|granero|grange
fence|栅栏|Zaun|valla|clôture
fountain|喷泉|Brunnen|fuente|fontaine
shop|商店|Laden|tienda|magasin
restaurant|餐馆|Restaurant|restaurante|restaurant
library|图书馆|Bibliothek|biblioteca|bibliothèque
mountain|山|Berg|montaña|montagne
volcano|火山|Vulkan|volcán|volcan
valley|山谷|Tal|valle|vallée
beach|海滩|Strand|playa|plage
lake|湖|See|lago|lac
sea|大海|Meer|mar|mer
rain|雨|Regen|lluvia|pluie
fire|火|Feuer|fuego|feu
person|人|Mensch|persona|personne
baby|婴儿|Baby|bebé|bébé
groom|新郎|Bräutigam|novio|marié
ball|球|Ball|pelota|balle
soccer ball|足球|Fußball|balón de fútbol|ballon de football
basketball|篮球|Basketball|baloncesto|basket-ball
baseball|棒球|Baseball|béisbol|base-ball
golf ball|高尔夫球|Golfball|pelota de golf|balle de golf
tennis racket|网球拍|Tennisschläger|raqueta de tenis|raquette de tennis
ski|滑雪板|Ski|esquí|ski
toy|玩具|Spielzeug|juguete|jouet
teddy bear|泰迪熊|Teddybär|oso de peluche|ours en peluche
puzzle|拼图|Puzzle|rompecabezas|puzzle
guitar|吉他|Gitarre|guitarra|guitare
violin|小提琴|Geige|violín|violon
cello|大提琴|Cello|violonchelo|violoncelle
piano|钢琴|Klavier|piano|piano
organ|管风琴|Orgel|órgano|orgue
harp|竖琴|Harfe|arpa|harpe
flute|长笛|Flöte|flauta|flûte
trumpet|小号|Trompete|trompeta|trompette
trombone|长号|Posaune|trombón|trombone
saxophone|萨克斯管|Saxophon|saxofón|saxophone
oboe|双簧管|Oboe|oboe|hautbois
accordion|手风琴|Akkordeon|acordeón|accordéon
harmonica|口琴|Mundharmonika|armónica|harmonica
drum|鼓|Trommel|tambor|tambour
bell|铃铛|Glocke|campana|cloche
clock|时钟|Uhr|reloj|horloge
hourglass|沙漏|Sanduhr|reloj de arena|sablier
watch|手表|Armbanduhr|reloj de pulsera|montre
camera|照相机|Kamera|cámara|appareil photo
television|电视|Fernseher|televisor|télévision
radio|收音机|Radio|radio|radio
telephone|电话|Telefon|teléfono|téléphone
computer|电脑|Computer|ordenador|ordinateur
keyboard|键盘|Tastatur|teclado|clavier
screen|屏幕|Bildschirm|pantalla|écran
printer|打印机|Drucker|impresora|imprimante
microphone|麦克风|Mikrofon|micrófono|microphone
loudspeaker|扬声器|Lautsprecher|altavoz|haut-parleur
lamp|灯|Lampe|lámpara|lampe
candle|蜡烛|Kerze|vela|bougie
book|书|Buch|libro|livre
comic book|漫画书|Comic|cómic|bande dessinée
letter|信|Brief|carta|lettre
pen|钢笔|Stift|bolígrafo|stylo
pencil|铅笔|Bleistift|lápiz|crayon
eraser|橡皮|Radiergummi|goma de borrar|gomme
paintbrush|画笔|Pinsel|pincel|pinceau
ruler|尺子|Lineal|regla|règle
scissors|剪刀|Schere|tijeras|ciseaux
hammer|锤子|Hammer|martillo|marteau
screwdriver|螺丝刀|Schraubenzieher|destornillador|tournevis
saw|锯子|Säge|sierra|scie
chainsaw|链锯|Kettensäge|motosierra|tronçonneuse
nail|钉子|Nagel|clavo|clou
screw|螺丝|Schraube|tornillo|vis
shovel|铲子|Schaufel|pala|pelle
bucket|水桶|Eimer|cubo|seau
broom|扫帚|Besen|escoba|balai
basket|篮子|Korb|cesta|panier
box|盒子|Kiste|caja|boîte
bag|包|Tasche|bolso|sac
backpack|背包|Rucksack|mochila|sac à dos
umbrella|雨伞|Regenschirm|paraguas|parapluie
glasses|眼镜|Brille|gafas|lunettes
sunglasses|太阳镜|Sonnenbrille|gafas de sol|lunettes de soleil
hat|帽子|Hut|sombrero|chapeau
helmet|头盔|Helm|casco|casque
mask|面具|Maske|máscara|masque
crown|皇冠|Krone|corona|couronne
necklace|项链|Halskette|collar|collier
shirt|衬衫|Hemd|camisa|chemise
dress|连衣裙|Kleid|vestido|robe
skirt|裙子|Rock|falda|jupe
trousers|裤子|Hose|pantalones|pantalon
coat|大衣|Mantel|abrigo|manteau
swimsuit|泳衣|Badeanzug|bañador|maillot de bain
shoe|鞋子|Schuh|zapato|chaussure
sock|袜子|Socke|calcetín|chaussette
glove|手套|Handschuh|guante|gant
tie|领带|Krawatte|corbata|cravate
button|纽扣|Knopf|botón|bouton
chair|椅子|Stuhl|silla|chaise
table|桌子|Tisch|mesa|table
desk|书桌|Schreibtisch|escritorio|bureau
sofa|沙发|Sofa|sofá|canapé
bed|床|Bett|cama|lit
cradle|摇篮|Wiege|cuna|berceau
wardrobe|衣柜|Kleiderschrank|armario|armoire
shelf|书架|Regal|estante|étagère
door|门|Tür|puerta|porte
window|窗户|Fenster|ventana|fenêtre
curtain|窗帘|Vorhang|cortina|rideau
carpet|地毯|Teppich|alfombra|tapis
pillow|枕头|Kissen|almohada|oreiller
towel|毛巾|Handtuch|toalla|serviette
bathtub|浴缸|Badewanne|bañera|baignoire
toilet|马桶|Toilette|inodoro|toilettes
stove|炉子|Herd|estufa|cuisinière
refrigerator|冰箱|Kühlschrank|nevera|réfrigérateur
washing machine|洗衣机|Waschmaschine|lavadora|machine à laver
vacuum cleaner|吸尘器|Staubsauger|aspiradora|aspirateur
fan|风扇|Ventilator|ventilador|ventilateur
mirror|镜子|Spiegel|espejo|miroir
lock|锁|Schloss|candado|serrure
chain|链条|Kette|cadena|chaîne
rope|绳子|Seil|cuerda|corde
coin|硬币|Münze|moneda|pièce de monnaie
flag|旗帜|Flagge|bandera|drapeau
traffic light|红绿灯|Ampel|semáforo|feu de circulation
street sign|路牌|Straßenschild|señal de tráfico|panneau
mailbox|邮箱|Briefkasten|buzón|boîte aux lettres
gun|枪|Gewehr|pistola|fusil
cannon|大炮|Kanone|cañón|canon
bow and arrow|弓箭|Pfeil und Bogen|arco y flecha|arc et flèche
shield|盾牌|Schild|escudo|bouclier
robot|机器人|Roboter|robot|robot
telescope|望远镜|Teleskop|telescopio|télescope
microscope|显微镜|Mikroskop|microscopio|microscope
helicopter|直升机|Hubschrauber|helicóptero|hélicoptère
planet|行星|Planet|planeta|planète
sun|太阳|Sonne|sol|soleil
moon|月亮|Mond|luna|lune
star|星星|Stern|estrella|étoile
cloud|云|Wolke|nube|nuage
snow|雪|Schnee|nieve|neige
""")
