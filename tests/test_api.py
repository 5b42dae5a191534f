"""The API as programs meet it."""
import auth, models
from tests.shop import a_shop, a_customer, a_product, an_order, a_released_order, tasks_of
from tests.web import queries
import pytest

class Program:
    def __init__(self, app, secret):
        self.client = app.test_client(); self.head={"Authorization": f"Bearer {secret}"}
    def __call__(self, method, path, json=None, **words):
        headers = self.head | words.pop("headers", {})
        return self.client.open(f"/api/v1{path}", method=method, json=json, headers=headers, **words)

def token(role):
    a_shop()
    return auth.make_token("Webshop", models.Role.get(models.Role.name==role), "Olga")[1]

def test_smoke(app):
    p = Program(app, token("Owner"))
    c = a_customer("Riverside AC", code="RIVER"); pr = a_product("TEE-HVY", sizes=("M","L"))
    from api.examples import EXAMPLES
    r = p("POST", "/orders", EXAMPLES["createOrder"])
    print(r.status_code, r.text[:3000], dict(r.headers))
    assert r.status_code == 201
    n = r.json["number"]
    p("GET", f"/orders/{n}")
    with queries() as q:
        r = p("GET", f"/orders/{n}"); assert r.status_code==200
    print(len(q)); print("\n".join(x[:150] for x in q))
    for path in ("/me","/fields","/departments","/orders","/orders?q=river&open=true&stage=review&customer=RIVER&updated_since=2020-01-01T00:00:00Z", f"/orders/{n}/events","/jobs","/tasks","/incoming","/customers","/products", f"/customers/{c.id}", f"/products/{pr.id}", "/openapi.json"):
        r = p("GET", path); print(path, r.status_code, len(r.data)); assert r.status_code==200, r.text
    r = p("POST", f"/orders/{n}/release"); print(r.status_code, r.text[:500])
    assert r.status_code == 200
    with queries() as q:
        r = p("GET", f"/orders/{n}"); assert r.status_code==200
    print(len(q)); print(r.json["jobs"])
    t = r.json["jobs"][0]["tasks"][0]["id"]
    r=p("GET", f"/tasks/{t}"); print(r.json)
    print(p("PATCH", f"/orders/{n}", {"lines":[{"id":1,"quantity":"a dozen","zz":1, "schedule":[{"schedule_date":"31/02"}]}], "in_hands_date":"1200-02-02", "priority":"soon","po_date":5}).json)
    print(p("GET", "/orders?limit=x&foo=1&stage=a").json)
    print(app.test_client().get("/api/docs").status_code, app.test_client().get("/api/docs").text[:300])
