"""Asks `huimin calc` and libraries that know nothing of it the same questions, and compares: compare.py BINARY"""

import calendar
import datetime
import json
import random
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal, getcontext

import chinese_calendar
import numpy_financial
import pyxirr
from stdnum.cn import ric, uscc

getcontext().prec = 60
# The same questions every time: a difference must be found again.
chance = random.Random(20260115)
binary = sys.argv[1]


def calc(name, questions):
    lines = "\n".join(json.dumps(q) for q in questions)
    ran = subprocess.run([binary, "calc", name], input=lines, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(answers) == len(questions), (name, len(answers), len(questions))
    return answers


def fen(value):
    return int(Decimal(value).quantize(Decimal(1), ROUND_HALF_UP))


def random_loan(method):
    return {
        "principal_fen": chance.choice([chance.randint(1, 10**6), chance.randint(10**6, 10**9), 10**12]),
        "annual_rate": str(Decimal(chance.randint(1, 3600)) / 10000),
        "periods": chance.choice([1, 2, 12, 36, 60, 360]),
        "method": method,
        "start": str(datetime.date(2024, 1, 1) + datetime.timedelta(chance.randint(0, 1500))),
        "day_count": "30/360",
    }


def loans():
    """Level instalments by numpy-financial in decimals; interest and principals by the rule, row by row."""
    questions = [random_loan(m) for m in ("equal_instalment", "equal_principal") for _ in range(300)]
    for asked, answer in zip(questions, calc("loan", questions)):
        rate, count = Decimal(asked["annual_rate"]) / 12, asked["periods"]
        balance = asked["principal_fen"]
        level = fen(-numpy_financial.pmt(rate, Decimal(count), Decimal(balance)))
        share = fen(Decimal(balance) / count)
        for row in answer["instalments"]:
            interest = fen(balance * rate)
            principal = max(level - interest, 0) if asked["method"] == "equal_instalment" else share
            principal = balance if row["n"] == count else min(principal, balance)
            balance -= principal
            expected = (principal, interest, principal + interest, balance)
            found = tuple(row[f] for f in ("principal_fen", "interest_fen", "payment_fen", "balance_fen"))
            assert found == expected, (asked, row, expected)
        assert balance == 0 and len(answer["instalments"]) == count, asked
    return len(questions)


def months_after(day, months):
    """The same day so many months later, or the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def schedules():
    """Every way to pay back, every day count, with and without grace and interest, and the due dates: by the rule in
    decimals. The level instalment is what leaves nothing: the last balance is linear in it, so it is found from two tries."""
    questions = []
    for method in ("equal_instalment", "equal_principal", "interest_only", "bullet"):
        for day_count in ("30/360", "ACT/360", "ACT/365"):
            for _ in range(60):
                loan = {**random_loan(method), "day_count": day_count}
                loan["grace_periods"] = chance.choice([0, 0, chance.randint(0, loan["periods"] - 1)])
                questions.append({**loan, "annual_rate": chance.choice([loan["annual_rate"]] * 5 + ["0"])})
    for asked, answer in zip(questions, calc("loan", questions)):
        start, count, method = datetime.date.fromisoformat(asked["start"]), asked["periods"], asked["method"]
        rate, grace = Decimal(asked["annual_rate"]), asked["grace_periods"]
        base = 365 if asked["day_count"] == "ACT/365" else 360
        ends = [count] if method == "bullet" else list(range(1, count + 1))
        dues = [months_after(start, end) for end in ends]
        days = [(due - before).days for before, due in zip([start, *dues], dues)]
        if asked["day_count"] == "30/360":
            days = [30 * count] if method == "bullet" else [30] * count

        def left(instalment):
            rest = Decimal(asked["principal_fen"])
            for passed in days[grace:]:
                rest += rest * rate * passed / base - instalment
            return rest

        level = fen(left(0) / (left(0) - left(1))) if method == "equal_instalment" else 0
        balance, total = asked["principal_fen"], 0
        share = fen(Decimal(balance) / (count - grace))
        assert len(answer["instalments"]) == len(dues), asked
        for at, row in enumerate(answer["instalments"]):
            interest = fen(balance * rate * days[at] / base)
            if at == len(dues) - 1:
                principal = balance
            elif at < grace or method in ("interest_only", "bullet"):
                principal = 0
            else:
                principal = min(max(level - interest, 0) if method == "equal_instalment" else share, balance)
            balance, total = balance - principal, total + interest
            expected = (at + 1, str(dues[at]), principal, interest, principal + interest, balance)
            found = tuple(row[f] for f in ("n", "due", "principal_fen", "interest_fen", "payment_fen", "balance_fen"))
            assert found == expected, (asked, row, expected)
        assert (balance, total) == (0, answer["total_interest_fen"]), asked
    return len(questions)


def costs():
    """XIRR by pyxirr on real days; the rate a month by numpy-financial's and pyxirr's IRR on equal periods."""
    asked = [random_loan(m) for m in ("equal_instalment", "equal_principal", "interest_only") for _ in range(200)]
    asked = [{**loan, "principal_fen": loan["principal_fen"] + 10**7} for loan in asked]
    questions = []
    for loan, schedule in zip(asked, calc("loan", asked)):
        fee = loan["principal_fen"] * chance.randint(0, 300) // 10000
        flows = [{"date": loan["start"], "fen": loan["principal_fen"] - fee}]
        flows += [{"date": i["due"], "fen": -i["payment_fen"]} for i in schedule["instalments"]]
        questions.append({"flows": flows})
    compared = by_xirr = by_irr = 0
    for question, answer in zip(questions, calc("apr", questions)):
        amounts = [f["fen"] for f in question["flows"]]
        if "error" in answer:
            assert sum(amounts) >= 0, (question, answer)
            continue
        dates = [datetime.date.fromisoformat(f["date"]) for f in question["flows"]]
        xirr = pyxirr.xirr(dates, amounts)
        if xirr is not None:
            near("xirr", float(answer["xirr"]), xirr, question)
        # Both give up on some flows (None, nan) and numpy-financial is slow on long ones: then the other has to do.
        months = [pyxirr.irr(amounts), numpy_financial.irr(amounts) if len(amounts) < 70 else None]
        months = [m for m in months if m is not None and m == m]
        for month in map(float, months):
            near("nominal", float(answer["nominal"]), 12 * month, question)
            near("effective", float(answer["effective"]), (1 + month) ** 12 - 1, question)
        by_xirr, by_irr = by_xirr + (xirr is not None), by_irr + bool(months)
        compared += 1
    assert min(compared, by_xirr, by_irr) > len(questions) * 0.9, (compared, by_xirr, by_irr)
    return compared


def near(name, found, expected, question):
    assert abs(found - expected) <= 1e-7 * max(1.0, abs(expected)), (name, found, expected, question)


def numbers():
    """Identity numbers and credit codes by python-stdnum."""
    questions, expected = [], []
    for _ in range(500):
        born = datetime.date(1930, 1, 1) + datetime.timedelta(chance.randint(0, 34000))
        number = f"{chance.choice(['110105', '420106', '310104', '440305'])}{born:%Y%m%d}{chance.randint(0, 999):03}"
        number += ric.calc_check_digit(number + "?") if chance.random() < 0.6 else chance.choice("0123456789X")
        questions.append({"resident_id": number})
        # Its table of places asks for the code of the year of birth, which nobody born before 1980 can have.
        expected.append(ric.calc_check_digit(number) == number[17])
    for _ in range(500):
        organisation = "".join(chance.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(8))
        # python-stdnum does not look at the inner check (GB 11714), so it is right in every question.
        inner = 11 - sum(int(c, 36) * w for c, w in zip(organisation, (3, 7, 9, 10, 5, 8, 4, 2))) % 11
        code = f"91{chance.choice(['420106', '310104', '110105'])}{organisation}{'X' if inner == 10 else inner % 11}"
        code += uscc.calc_check_digit(code) if chance.random() < 0.6 else chance.choice("0123456789ABCDEFGHJKLMNPQRTUWXY")
        questions.append({"uscc": code})
        expected.append(uscc.is_valid(code))
    assert 400 < sum(expected) < 800
    for question, answer, valid in zip(questions, calc("check", questions), expected):
        assert answer["valid"] == valid, (question, answer, valid)
    return len(questions)


def working_days():
    """Due days by chinesecalendar, over the years for which both have a calendar."""
    questions, expected = [], []
    for _ in range(400):
        start = datetime.date(2025, 1, 1) + datetime.timedelta(chance.randint(0, 600))
        days = chance.randint(1, 60)
        day, left = start, days
        while left:
            day += datetime.timedelta(1)
            left -= chinese_calendar.is_workday(day)
        questions.append({"from": str(start), "days": days})
        expected.append({"due": str(day)})
    for question, answer, due in zip(questions, calc("working-days", questions), expected):
        assert answer == due, (question, answer, due)
    return len(questions)


for comparison in (loans, schedules, costs, numbers, working_days):
    print(f"oracles: {comparison.__name__}: {comparison()} answers agree", flush=True)
