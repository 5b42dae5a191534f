"""How people in fourteen languages head their columns and label their values."""

LINE = {
    "en": {"sku": ["Item #", "Style No.", "Part Number", "SKU", "Catalog #", "Product Code", "Item Code"], "desc": ["Description", "Product", "Item Description", "Product name", "Goods"], "qty": ["Qty", "Quantity", "Qty.", "Order Qty", "QTY ORDERED", "# of pieces", "Pcs"], "price": ["Unit Price", "Price", "Price/ea", "Unit Cost", "Rate", "Price per unit", "Cost ea."], "total": ["Total", "Amount", "Line Total", "Ext. Price", "Extended"], "unit": ["UOM", "Unit", "U/M"], "color": ["Color", "Colour"], "size": ["Size"]},
    "de": {"sku": ["Art.-Nr.", "Artikelnr.", "Artikel-Nr", "Best.-Nr.", "Artikelnummer", "Sachnr."], "desc": ["Bezeichnung", "Artikelbezeichnung", "Beschreibung", "Produkt", "Artikel"], "qty": ["Menge", "Anzahl", "Stück", "Bestellmenge", "Stk.", "Anz."], "price": ["Einzelpreis", "Preis/Stk.", "EP netto", "Stückpreis €", "VK-Preis", "Preis", "E-Preis"], "total": ["Gesamtpreis", "Summe", "GP netto", "Gesamt €", "Betrag"], "unit": ["Einheit", "ME", "Einh."], "color": ["Farbe"], "size": ["Größe", "Gr."]},
    "fr": {"sku": ["Réf.", "Référence", "Code article", "N° article"], "desc": ["Désignation", "Libellé", "Article", "Description du produit"], "qty": ["Qté", "Quantité", "Nbre", "Qté commandée", "Quantités"], "price": ["P.U. HT", "Prix unitaire", "PU", "Prix unit. HT", "Tarif"], "total": ["Montant HT", "Total HT", "Total", "Montant"], "unit": ["Unité", "U."], "color": ["Couleur", "Coloris"], "size": ["Taille", "Pointure"]},
    "es": {"sku": ["Código", "Ref.", "Cód. artículo", "Referencia"], "desc": ["Descripción", "Artículo", "Concepto", "Producto"], "qty": ["Cantidad", "Cant.", "Uds.", "Unidades"], "price": ["Precio unitario", "P. unitario", "Precio", "Precio ud."], "total": ["Importe", "Total", "Subtotal", "Precio total"], "unit": ["Unidad", "U.M."], "color": ["Color"], "size": ["Talla"]},
    "it": {"sku": ["Codice", "Cod. articolo", "Cod. art.", "Rif."], "desc": ["Descrizione", "Articolo", "Prodotto", "Descrizione articolo"], "qty": ["Quantità", "Q.tà", "Qtà", "N. pezzi"], "price": ["Prezzo unitario", "Prezzo", "P. unit.", "Prezzo unit."], "total": ["Importo", "Totale", "Prezzo totale"], "unit": ["U.M.", "UM"], "color": ["Colore"], "size": ["Taglia"]},
    "nl": {"sku": ["Artikelnr.", "Artikelnummer", "Art. nr", "Artikelcode"], "desc": ["Omschrijving", "Artikel", "Product", "Artikelomschrijving"], "qty": ["Aantal", "Hoeveelheid", "Stuks"], "price": ["Prijs", "Stukprijs", "Prijs p/st", "Eenheidsprijs", "Prijs excl. BTW"], "total": ["Totaal", "Bedrag", "Totaalprijs"], "unit": ["Eenheid", "Ehd"], "color": ["Kleur"], "size": ["Maat"]},
    "pl": {"sku": ["Indeks", "Kod towaru", "Symbol", "Nr kat.", "Kod"], "desc": ["Nazwa towaru", "Nazwa", "Opis", "Produkt"], "qty": ["Ilość", "Ilość szt.", "Liczba sztuk", "Ilość zamówiona"], "price": ["Cena netto", "Cena jedn.", "Cena", "Cena jednostkowa"], "total": ["Wartość netto", "Wartość", "Razem"], "unit": ["J.m.", "Jm", "Jedn."], "color": ["Kolor"], "size": ["Rozmiar"]},
    "pt": {"sku": ["Código", "Ref.", "Referência", "Cód."], "desc": ["Descrição", "Produto", "Designação", "Artigo"], "qty": ["Quantidade", "Qtd", "Qtde.", "Quant."], "price": ["Preço unitário", "Preço", "Valor unitário", "Vlr. Unit."], "total": ["Total", "Valor total", "Vlr. Total", "Subtotal"], "unit": ["Unid.", "Un."], "color": ["Cor"], "size": ["Tamanho"]},
    "hu": {"sku": ["Cikkszám", "Termékkód", "Kód"], "desc": ["Megnevezés", "Termék", "Termék neve", "Leírás"], "qty": ["Mennyiség", "Darab", "Db", "Rendelt mennyiség"], "price": ["Egységár", "Nettó egységár", "Ár", "Nettó ár"], "total": ["Összesen", "Érték", "Nettó érték"], "unit": ["Egység", "Me.", "M.e."], "color": ["Szín"], "size": ["Méret"]},
    "ru": {"sku": ["Артикул", "Код", "Код товара"], "desc": ["Наименование", "Наименование товара", "Товар", "Описание"], "qty": ["Кол-во", "Количество", "Кол-во, шт."], "price": ["Цена", "Цена, руб.", "Цена за ед."], "total": ["Сумма", "Стоимость", "Сумма, руб."], "unit": ["Ед. изм.", "Ед."], "color": ["Цвет"], "size": ["Размер"]},
    "zh": {"sku": ["货号", "产品编号", "物料编码", "型号", "商品编码"], "desc": ["品名", "产品名称", "商品名称", "名称"], "qty": ["数量", "订购数量", "订货数量", "采购数量"], "price": ["单价", "单价(元)", "含税单价"], "total": ["金额", "总价", "小计"], "unit": ["单位"], "color": ["颜色"], "size": ["尺码"]},
    "ja": {"sku": ["品番", "商品コード", "型番"], "desc": ["品名", "商品名", "品名・仕様"], "qty": ["数量", "発注数", "注文数量"], "price": ["単価", "単価(円)"], "total": ["金額", "小計", "金額(円)"], "unit": ["単位"], "color": ["カラー", "色"], "size": ["サイズ"]},
    "ko": {"sku": ["품번", "품목코드", "상품코드"], "desc": ["품명", "상품명", "품목"], "qty": ["수량", "주문수량", "발주수량"], "price": ["단가", "단가(원)"], "total": ["금액", "합계금액"], "unit": ["단위"], "color": ["색상"], "size": ["사이즈"]},
    "vi": {"sku": ["Mã hàng", "Mã SP", "Mã sản phẩm"], "desc": ["Tên hàng", "Tên sản phẩm", "Tên hàng hóa", "Diễn giải"], "qty": ["Số lượng", "SL"], "price": ["Đơn giá", "Giá"], "total": ["Thành tiền", "Tổng tiền"], "unit": ["ĐVT", "Đơn vị tính"], "color": ["Màu", "Màu sắc"], "size": ["Kích cỡ", "Size"]},
}  # fmt: skip

HEAD = {
    "en": {"po": ["PO Number", "Purchase Order #", "P.O. No.", "Order number", "PO#", "Customer PO"], "date": ["Order Date", "Date", "PO Date", "Date of order"], "ship": ["Ship To", "Deliver to", "Delivery address", "Shipping Address"], "customer": ["Customer", "Company", "Bill To", "Buyer"]},
    "de": {"po": ["Bestellnummer", "Bestell-Nr.", "Bestellung Nr.", "Auftragsnr."], "date": ["Bestelldatum", "Datum", "Auftragsdatum"], "ship": ["Lieferadresse", "Lieferanschrift", "Lieferung an"], "customer": ["Kunde", "Firma", "Besteller"]},
    "fr": {"po": ["N° de commande", "Commande n°", "Bon de commande N°", "Numéro de commande"], "date": ["Date de commande", "Date", "Date commande"], "ship": ["Adresse de livraison", "Livrer à", "Lieu de livraison"], "customer": ["Client", "Société"]},
    "es": {"po": ["Nº de pedido", "Pedido nº", "Número de pedido", "Orden de compra"], "date": ["Fecha de pedido", "Fecha", "Fecha pedido"], "ship": ["Dirección de entrega", "Enviar a", "Lugar de entrega"], "customer": ["Cliente", "Empresa"]},
    "it": {"po": ["N. ordine", "Ordine n.", "Numero ordine", "Ordine d'acquisto n."], "date": ["Data ordine", "Data"], "ship": ["Indirizzo di consegna", "Destinazione", "Luogo di consegna"], "customer": ["Cliente", "Ragione sociale"]},
    "nl": {"po": ["Bestelnummer", "Ordernummer", "Inkoopordernr."], "date": ["Besteldatum", "Datum", "Orderdatum"], "ship": ["Afleveradres", "Leveradres", "Bezorgadres"], "customer": ["Klant", "Bedrijf"]},
    "pl": {"po": ["Nr zamówienia", "Zamówienie nr", "Numer zamówienia"], "date": ["Data zamówienia", "Data"], "ship": ["Adres dostawy", "Miejsce dostawy"], "customer": ["Zamawiający", "Klient"]},
    "pt": {"po": ["Nº do pedido", "Pedido nº", "Encomenda nº", "Ordem de compra"], "date": ["Data do pedido", "Data", "Data da encomenda"], "ship": ["Endereço de entrega", "Morada de entrega", "Local de entrega"], "customer": ["Cliente", "Empresa"]},
    "hu": {"po": ["Rendelésszám", "Megrendelés száma"], "date": ["Rendelés dátuma", "Dátum", "Kelt"], "ship": ["Szállítási cím"], "customer": ["Megrendelő", "Vevő"]},
    "ru": {"po": ["Заказ №", "Номер заказа", "№ заказа"], "date": ["Дата заказа", "Дата"], "ship": ["Адрес доставки", "Грузополучатель"], "customer": ["Заказчик", "Покупатель"]},
    "zh": {"po": ["订单号", "采购单号", "订单编号"], "date": ["订单日期", "日期", "下单日期"], "ship": ["送货地址", "收货地址", "交货地点"], "customer": ["客户名称", "采购单位"]},
    "ja": {"po": ["注文番号", "発注番号", "注文書番号"], "date": ["注文日", "発注日", "日付"], "ship": ["納品先", "納入場所"], "customer": ["会社名", "顧客名"]},
    "ko": {"po": ["주문번호", "발주번호"], "date": ["주문일", "발주일", "주문일자"], "ship": ["납품장소", "배송지"], "customer": ["고객명", "발주처"]},
    "vi": {"po": ["Số đơn hàng", "Đơn hàng số", "Số PO"], "date": ["Ngày đặt hàng", "Ngày"], "ship": ["Địa chỉ giao hàng", "Nơi giao hàng"], "customer": ["Khách hàng", "Công ty"]},
}  # fmt: skip

TOTALS = {
    "en": ["Subtotal", "Sales Tax 8%", "Grand Total"], "de": ["Zwischensumme", "MwSt. 19%", "Gesamtbetrag"],
    "fr": ["Sous-total", "TVA 20%", "Total TTC"], "es": ["Base imponible", "IVA 21%", "Total pedido"],
    "it": ["Totale imponibile", "IVA 22%", "Totale ordine"], "nl": ["Subtotaal", "BTW 21%", "Totaal incl. BTW"],
    "pl": ["Razem netto", "VAT 23%", "Do zapłaty"], "pt": ["Subtotal", "IVA 23%", "Total geral"],
    "hu": ["Nettó összesen", "ÁFA 27%", "Bruttó végösszeg"], "ru": ["Итого", "НДС 20%", "Всего к оплате"],
    "zh": ["小计", "税额", "合计"], "ja": ["小計", "消費税", "合計"], "ko": ["소계", "부가세", "합계"],
    "vi": ["Cộng", "Thuế GTGT", "Tổng cộng"],
}  # fmt: skip

THINGS = {
    "en": ["Cotton tee heavy", "Zip hoodie", "Trucker cap", "Enamel mug 11oz", "Canvas tote", "Fleece jacket"],
    "de": ["T-Shirt schwer", "Kapuzenjacke", "Schirmmütze", "Emaille-Becher", "Stofftasche", "Fleecejacke"],
    "fr": ["T-shirt coton", "Sweat à capuche", "Casquette", "Mug émaillé", "Sac en toile", "Veste polaire"],
    "es": ["Camiseta algodón", "Sudadera", "Gorra", "Taza esmaltada", "Bolsa de tela", "Chaqueta polar"],
    "it": ["Maglietta cotone", "Felpa con zip", "Cappellino", "Tazza smaltata", "Borsa di tela", "Giacca pile"],
    "nl": ["Katoenen shirt", "Hoodie met rits", "Pet", "Emaille mok", "Linnen tas", "Fleecevest"],
    "pl": ["Koszulka bawełniana", "Bluza z kapturem", "Czapka", "Kubek emaliowany", "Torba płócienna", "Polar"],
    "pt": ["Camiseta algodão", "Moletom com zíper", "Boné", "Caneca esmaltada", "Sacola de lona", "Jaqueta fleece"],
    "hu": ["Pamut póló", "Kapucnis felső", "Baseball sapka", "Zománcos bögre", "Vászontáska", "Polár kabát"],
    "ru": ["Футболка хлопок", "Толстовка", "Кепка", "Кружка эмаль", "Сумка холщовая", "Куртка флис"],
    "zh": ["纯棉T恤", "连帽衫", "棒球帽", "搪瓷杯", "帆布袋", "抓绒外套"],
    "ja": ["綿Tシャツ", "パーカー", "キャップ", "ホーローマグ", "トートバッグ", "フリースジャケット"],
    "ko": ["면 티셔츠", "후드 집업", "야구 모자", "법랑 머그", "캔버스 가방", "플리스 재킷"],
    "vi": ["Áo thun cotton", "Áo khoác có mũ", "Mũ lưỡi trai", "Cốc tráng men", "Túi vải", "Áo nỉ"],
}  # fmt: skip
