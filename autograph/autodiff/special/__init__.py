"""The derivatives of special functions, and of others that are called as they are.

Each row gives the partial derivatives of an elementwise function, in terms of ops and of other such
functions, so that they have derivatives in turn. Formulas are written so that they hold where the
function has a derivative, at zero and at whole orders too. Source of the formulas: NIST Digital
Library of Mathematical Functions, chapters 5 to 8, 10, 13, 15, 18, 19, 22 and 25.
"""
