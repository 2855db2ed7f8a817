"""Compares the results of `huimin calc` with those of independent libraries. Usage: compare.py BINARY"""

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
# A fixed seed makes every run ask the same questions, so that a difference can be reproduced.
rng = random.Random(20260115)
binary = sys.argv[1]


def calc(name, questions):
    """Asks one calculator of the binary; returns one answer for each question."""
    lines = "\n".join(json.dumps(q) for q in questions)
    ran = subprocess.run([binary, "calc", name], input=lines, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(answers) == len(questions), (name, len(answers), len(questions))
    return answers


def fen(value):
    """Rounds half up to whole fen."""
    return int(Decimal(value).quantize(Decimal(1), ROUND_HALF_UP))


def random_loan(method):
    return {
        "principal_fen": rng.choice([rng.randint(1, 10**6), rng.randint(10**6, 10**9), 10**12]),
        "annual_rate": str(Decimal(rng.randint(1, 3600)) / 10000),
        "periods": rng.choice([1, 2, 12, 36, 60, 360]),
        "method": method,
        "start": str(datetime.date(2024, 1, 1) + datetime.timedelta(rng.randint(0, 1500))),
        "day_count": "30/360",
    }


def loans():
    """Compares level instalments with numpy-financial in decimals, and interest and principals with the rule, row by row."""
    questions = [random_loan(m) for m in ("equal_instalment", "equal_principal") for _ in range(300)]
    for question, answer in zip(questions, calc("loan", questions)):
        rate, count = Decimal(question["annual_rate"]) / 12, question["periods"]
        balance = question["principal_fen"]
        level = fen(-numpy_financial.pmt(rate, Decimal(count), Decimal(balance)))
        share = fen(Decimal(balance) / count)
        for row in answer["instalments"]:
            interest = fen(balance * rate)
            principal = max(level - interest, 0) if question["method"] == "equal_instalment" else share
            principal = balance if row["n"] == count else min(principal, balance)
            balance -= principal
            expected = (principal, interest, principal + interest, balance)
            found = tuple(row[f] for f in ("principal_fen", "interest_fen", "payment_fen", "balance_fen"))
            assert found == expected, (question, row, expected)
        assert balance == 0 and len(answer["instalments"]) == count, question
    return len(questions)


def months_after(day, months):
    """The same day this many months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def schedules():
    """Compares every repayment method and day count, with and without grace periods and interest, and the due dates with the
    rule in decimals. The level instalment makes the last balance zero; the balance is linear in it, so two values give it."""
    questions = []
    for method in ("equal_instalment", "equal_principal", "interest_only", "bullet"):
        for day_count in ("30/360", "ACT/360", "ACT/365"):
            for _ in range(60):
                loan = {**random_loan(method), "day_count": day_count}
                loan["grace_periods"] = rng.choice([0, 0, rng.randint(0, loan["periods"] - 1)])
                questions.append({**loan, "annual_rate": rng.choice([loan["annual_rate"]] * 5 + ["0"])})
    for question, answer in zip(questions, calc("loan", questions)):
        start, count, method = datetime.date.fromisoformat(question["start"]), question["periods"], question["method"]
        rate, grace = Decimal(question["annual_rate"]), question["grace_periods"]
        base = 365 if question["day_count"] == "ACT/365" else 360
        ends = [count] if method == "bullet" else list(range(1, count + 1))
        dues = [months_after(start, end) for end in ends]
        days = [(due - before).days for before, due in zip([start, *dues], dues)]
        if question["day_count"] == "30/360":
            days = [30 * count] if method == "bullet" else [30] * count

        def last_balance(instalment):
            rest = Decimal(question["principal_fen"])
            for passed in days[grace:]:
                rest += rest * rate * passed / base - instalment
            return rest

        level = fen(last_balance(0) / (last_balance(0) - last_balance(1))) if method == "equal_instalment" else 0
        balance, total = question["principal_fen"], 0
        share = fen(Decimal(balance) / (count - grace))
        assert len(answer["instalments"]) == len(dues), question
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
            assert found == expected, (question, row, expected)
        assert (balance, total) == (0, answer["total_interest_fen"]), question
    return len(questions)


def costs():
    """Compares XIRR with pyxirr on actual days, and the monthly rate with the IRR of numpy-financial and pyxirr on equal periods."""
    loan_questions = [random_loan(m) for m in ("equal_instalment", "equal_principal", "interest_only") for _ in range(200)]
    loan_questions = [{**loan, "principal_fen": loan["principal_fen"] + 10**7} for loan in loan_questions]
    questions = []
    for loan, schedule in zip(loan_questions, calc("loan", loan_questions)):
        fee = loan["principal_fen"] * rng.randint(0, 300) // 10000
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
            assert_close("xirr", float(answer["xirr"]), xirr, question)
        # Both fail on some flows (None, nan), and numpy-financial is slow on long ones; then the other one is enough.
        months = [pyxirr.irr(amounts), numpy_financial.irr(amounts) if len(amounts) < 70 else None]
        months = [m for m in months if m is not None and m == m]
        for month in map(float, months):
            assert_close("nominal", float(answer["nominal"]), 12 * month, question)
            assert_close("effective", float(answer["effective"]), (1 + month) ** 12 - 1, question)
        by_xirr, by_irr = by_xirr + (xirr is not None), by_irr + bool(months)
        compared += 1
    assert min(compared, by_xirr, by_irr) > len(questions) * 0.9, (compared, by_xirr, by_irr)
    return compared


def assert_close(name, found, expected, question):
    assert abs(found - expected) <= 1e-7 * max(1.0, abs(expected)), (name, found, expected, question)


def numbers():
    """Compares the checks of identity numbers and credit codes with python-stdnum."""
    questions, expected = [], []
    for _ in range(500):
        born = datetime.date(1930, 1, 1) + datetime.timedelta(rng.randint(0, 34000))
        number = f"{rng.choice(['110105', '420106', '310104', '440305'])}{born:%Y%m%d}{rng.randint(0, 999):03}"
        number += ric.calc_check_digit(number + "?") if rng.random() < 0.6 else rng.choice("0123456789X")
        questions.append({"resident_id": number})
        # Only the check digit is compared: the library's table of places has no codes for births before 1980.
        expected.append(ric.calc_check_digit(number) == number[17])
    for _ in range(500):
        organisation = "".join(rng.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(8))
        # python-stdnum does not look at the inner check (GB 11714), so it is right in every question.
        inner = 11 - sum(int(c, 36) * w for c, w in zip(organisation, (3, 7, 9, 10, 5, 8, 4, 2))) % 11
        code = f"91{rng.choice(['420106', '310104', '110105'])}{organisation}{'X' if inner == 10 else inner % 11}"
        code += uscc.calc_check_digit(code) if rng.random() < 0.6 else rng.choice("0123456789ABCDEFGHJKLMNPQRTUWXY")
        questions.append({"uscc": code})
        expected.append(uscc.is_valid(code))
    assert 400 < sum(expected) < 800
    for question, answer, valid in zip(questions, calc("check", questions), expected):
        assert answer["valid"] == valid, (question, answer, valid)
    return len(questions)


def working_days():
    """Compares due days with chinesecalendar, in the years for which both have a calendar."""
    questions, expected = [], []
    for _ in range(400):
        start = datetime.date(2025, 1, 1) + datetime.timedelta(rng.randint(0, 600))
        days = rng.randint(1, 60)
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
