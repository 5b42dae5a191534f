import time, auth, models, cProfile, pstats
from tests.test_api import Program, token
from tests.shop import *
def test_many(app):
    p = Program(app, token("Owner"))
    a_customer("Riverside AC", code="RIVER"); pr = a_product("TEE-HVY", sizes=("M","L"))
    for n in (1000, 5000, 10000):
        body={"customer":"RIVER","po_number":f"N{n}","in_hands_date":"2026-12-24","lines":[{"sku":"TEE-HVY","quantity":"48","unit_price":"6.50","color":"black","size":"M","decorations":[{"location":"Front","method":"screen print","imprint_colors":["a"]}]} for _ in range(n)]}
        prof=cProfile.Profile()
        t=time.time(); 
        if n==5000: prof.enable()
        r=p("POST","/orders",body); 
        if n==5000: prof.disable(); pstats.Stats(prof).sort_stats("cumtime").print_stats(35)
        print(n, r.status_code, round(time.time()-t,2), len(r.data), flush=True)
        t=time.time(); r=p("GET",f"/orders/{r.json['number']}"); print("get", round(time.time()-t,2), flush=True)
        if n<=1000:
            t=time.time(); r=p("POST",f"/orders/{r.json['number']}/release"); print("release", r.status_code, round(time.time()-t,2), flush=True)
